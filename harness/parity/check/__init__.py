"""`parity check`: a user's own compiled graph on upstream and on the Rust backend (`docs/check.md`).

model      lines of input, options, what was observed
inputs     a file of JSON lines to lines of input
host       one side's process: started, asked, timed out, started again
sides      all lines on one side; the two sides in turn, for time
places     where two observations differ
rules      what a graph's difference from itself teaches: ids, orders, timestamps, places that cannot be compared
judge      the verdict on each line, and on all
told       the verdict for the console
page       the same as one HTML file
run        the whole command
"""
