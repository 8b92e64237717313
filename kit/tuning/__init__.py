"""Everything a person can turn. Each setting has one dotted path ("endpointing.min_delay_s"), the same in `replace`,
`--set`, TOML, the journal and the panel."""

from .groups import Background, Endpointing, Interruption, Preemption, Pronunciation, Volume
from .paths import info, paths
from .setting import SettingInfo, TuningError
from .tuning import FINDINGS, Change, Tuning, read_settings
from .values import parse_assignment, plain

__all__ = [
    "FINDINGS",
    "Background",
    "Change",
    "Endpointing",
    "Interruption",
    "Preemption",
    "Pronunciation",
    "SettingInfo",
    "Tuning",
    "TuningError",
    "Volume",
    "info",
    "parse_assignment",
    "paths",
    "plain",
    "read_settings",
]
