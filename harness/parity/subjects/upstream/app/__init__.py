"""A user's own graph in a process of its own: loaded, run, observed, timed (`parity check`).

describe   any live object as a tagged value
load       MODULE:GRAPH to a compiled graph
saver      a saver that writes down what it is given, as the bytes that it stores
controls   the clock, ids and randomness of upstream
calls      one line of input, run and observed or timed
main       the process: commands in, events out, on descriptors that the user's code does not know
"""
