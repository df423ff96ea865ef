"""The bucket: what lies where and for how long, objects put once under their hash, frames of what is stored."""
