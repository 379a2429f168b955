"""The course: a folder a chapter, what chapters share beside them, and what goes with every notebook."""
