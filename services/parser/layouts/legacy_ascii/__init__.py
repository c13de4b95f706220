"""The ASCII forms filed on paper's pattern before mid-2003."""
