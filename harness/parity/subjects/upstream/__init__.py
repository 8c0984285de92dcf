"""The upstream side: runs cases on the installed LangGraph. The only package that imports it; it lives in workers."""
