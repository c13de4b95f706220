"""The ASCII forms filed before mid-2003, laid out like the paper form."""
