"""An agent with tools, one of which a person has to approve; it has a saver of its own."""

from typing import Any, Literal

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt


class State(MessagesState):
    """Messages, and what the approver said of each call."""

    approvals: dict[str, Any]


def model(state: State) -> dict[str, Any]:
    """Calls a tool for each word of the question, and answers when their results are there."""
    last = state["messages"][-1]
    if isinstance(last, HumanMessage):
        words = str(last.content).split()
        calls = [{"name": "look_up", "args": {"word": word}, "id": f"call-{n}"} for n, word in enumerate(words)]
        return {"messages": [AIMessage("", tool_calls=calls)]}
    results = [str(message.content) for message in state["messages"] if isinstance(message, ToolMessage)]
    return {"messages": [AIMessage("; ".join(results))]}


def approve(state: State) -> Command[Literal["tools", "__end__"]]:
    """Asks a person before tools are called."""
    calls = state["messages"][-1].tool_calls  # type: ignore[union-attr]
    answer = interrupt({"calls": [call["args"]["word"] for call in calls]})
    if answer["approved"]:
        return Command(update={"approvals": answer}, goto="tools")
    return Command(update={"approvals": answer, "messages": [AIMessage("not allowed")]}, goto=END)


def tools(state: State) -> dict[str, Any]:
    """Calls the tools."""
    calls = state["messages"][-1].tool_calls  # type: ignore[union-attr]
    return {"messages": [ToolMessage(f"{c['args']['word']}!", tool_call_id=c["id"], name=c["name"]) for c in calls]}


def after_model(state: State) -> str:
    """To the person if there is a call, else to the end."""
    return "approve" if state["messages"][-1].tool_calls else END  # type: ignore[union-attr]


builder = StateGraph(State)
builder.add_node("model", model)
builder.add_node("approve", approve)
builder.add_node("tools", tools)
builder.add_edge(START, "model")
builder.add_conditional_edges("model", after_model, ["approve", END])
builder.add_edge("tools", "model")
graph = builder.compile(checkpointer=InMemorySaver())
