"""The first compiler: features of the past through SQL, and the snapshot that serving starts from."""
