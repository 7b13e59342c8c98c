"""The closed lists of the party grid: kinds of organisations, what seats are for, acts."""

from enum import IntEnum, StrEnum


class OrganisationKind(IntEnum):
    """Five levels (S1-17): district, street, community, branch, group."""

    DISTRICT_COMMITTEE = 1  # 区委
    WORKING_COMMITTEE = 2  # 街道党工委
    COMMUNITY_COMMITTEE = 3  # 社区党委
    BRANCH = 4  # 党支部
    GROUP = 5  # 党小组


class Reach(StrEnum):
    """What a branch or group stands for (S0-15, S0-16)."""

    COMPOUND = "COMPOUND"  # 小区党支部
    GRID = "GRID"  # 网格党支部, and groups per grid
    COURTYARD = "COURTYARD"  # 院落党小组
    BUILDING = "BUILDING"  # 楼栋党小组


class Seat(StrEnum):
    """What a duty is held for."""

    ORGANISATION = "ORGANISATION"
    GRID = "GRID"
    MICRO_GRID = "MICRO_GRID"
    COMPOUND = "COMPOUND"
    BUILDING = "BUILDING"
    ENTRANCE = "ENTRANCE"


class Act(StrEnum):
    """Acts of a proposal."""

    FOUND = "FOUND"
    JOIN = "JOIN"
    SPLIT = "SPLIT"
    REATTACH = "REATTACH"
    DISSOLVE = "DISSOLVE"
    DRAW_GRID = "DRAW_GRID"  # a task: nothing to apply


# Duties that rules speak of; the others are the code table's alone.
SECRETARY = "SECRETARY"
COMMITTEE_MEMBER = "COMMITTEE_MEMBER"
GROUP_LEADER = "GROUP_LEADER"
CENTRE_HOUSEHOLD = "CENTRE_HOUSEHOLD"
BUILDING_HEAD = "BUILDING_HEAD"
ENTRANCE_HEAD = "ENTRANCE_HEAD"
GRID_HEAD = "GRID_HEAD"
MICRO_GRID_HEAD = "MICRO_GRID_HEAD"
GRID_WORKER = "GRID_WORKER"
ASSISTANT = "ASSISTANT"
