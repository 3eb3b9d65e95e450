"""Loss laws."""
