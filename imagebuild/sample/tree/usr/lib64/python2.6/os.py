# Stand-in of the sample image for Python's own modules: this is none of them.
