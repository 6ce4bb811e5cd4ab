"""``baihuo llm``: what a generative model does for a shop, offline."""
