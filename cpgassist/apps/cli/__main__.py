"""`python -m cpgassist.apps.cli`."""

from cpgassist.apps.cli import main

if __name__ == "__main__":
    main()
