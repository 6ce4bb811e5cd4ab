"""The learned order of searches: relevance from clicks and judgements, and how far clicks may decide."""
