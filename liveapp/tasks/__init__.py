"""What happens without anybody waiting for it: the relay, the worker, the schedule, and their handlers."""
