"""The provider and strategy of each compound over time: candidates, approval, hand-over."""
