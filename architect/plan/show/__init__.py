"""A plan for people: in short, as a tree, as Markdown, as a picture; and how it came about, in words."""
