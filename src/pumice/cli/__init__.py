"""The shell: `pumice FILE [SQL]`. main.py reads arguments, shell.py runs SQL and dot-commands,
output.py prints rows."""
