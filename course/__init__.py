"""Troubleshoot and optimise applications on AWS, offline."""
