"""What happens when disks, peers and people misbehave."""
