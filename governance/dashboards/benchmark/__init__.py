"""What `manage.py bench` measures: pages and bulk work against the bare work they stand on."""
