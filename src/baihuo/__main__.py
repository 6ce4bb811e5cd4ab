"""``python -m baihuo``: the command where its folder is not on the path."""

from baihuo.cli import main

if __name__ == "__main__":
    main()
