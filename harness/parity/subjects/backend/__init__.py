"""The drop-in backend as a subject: real LangGraph on langgraph_rs. Imported in its own worker process only."""
