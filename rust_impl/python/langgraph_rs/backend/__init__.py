"""How the Rust backend takes the place of upstream's names: which, when, and what proves it.

replaced    the one table of replaced names
sources     the upstream versions and source files that the table was made for, and whether they are installed
finder      the import hook: names replaced in their defining module as it loads
poison      replaced Python functions made to raise, wherever they are still referred to
record      what the hook did in this process
activation  the environment variable, `install` and `uninstall`
status      what is printed, and what a harness reads
"""
