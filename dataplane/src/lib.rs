//! THE ROAD.
