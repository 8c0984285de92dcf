"""Where the classes of a program's user live, so that what is stored of them can be loaded again by module and name."""
