"""The parts of the laboratory: real Linux stacks, a relay, three captures."""
