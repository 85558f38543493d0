"""What became of suites and expectations, without any value of a row."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ExpectationResult:
    """What became of one expectation; `message` says it in one line.

    `is_comparison`: it compares with the published version, which a person may overrule.
    """

    position: int
    expectation_type: str
    description: str
    passed: bool
    message: str
    is_comparison: bool = False


@dataclass(frozen=True)
class SuiteResult:
    """What became of one suite; an empty relation leaves nothing to judge."""

    model: str
    row_count: int
    expectations: tuple[ExpectationResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return all(expectation.passed for expectation in self.expectations)

    @property
    def failures(self) -> tuple[ExpectationResult, ...]:
        """The expectations that did not hold."""
        return tuple(found for found in self.expectations if not found.passed)
