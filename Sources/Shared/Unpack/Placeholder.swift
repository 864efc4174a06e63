// Written today.
