# For every shell of root.
alias ll='ls -l'
