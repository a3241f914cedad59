echo 'from a file
' >> /etc/motd
