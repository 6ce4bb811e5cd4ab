"""The desk: conversations that a person answers, with a summary, suggested answers, and what is learned of what is sent."""
