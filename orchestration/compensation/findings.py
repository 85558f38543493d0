"""What a rule says of a row: where it stands, what is wrong, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One fault. `line` counts from 1 and includes the header; 0 where no line is at fault."""

    file: str
    line: int
    field: str
    value: str
    text: str

    def __str__(self) -> str:
        """`quotas.csv, line 12, amount '1,5': ...`, without what does not apply."""
        where = [self.file]
        if self.line:
            where.append(f"line {self.line}")
        if self.field:
            where.append(f"{self.field} '{self.value}'")
        return f"{', '.join(where)}: {self.text}"
