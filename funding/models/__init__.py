from funding.models.applications import CATEGORY_CHOICES, BudgetLine, GrantApplication, Quote
from funding.models.awards import Award, Review

__all__ = ["CATEGORY_CHOICES", "Award", "BudgetLine", "GrantApplication", "Quote", "Review"]
