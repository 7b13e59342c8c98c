"""The duties of the party grid. The four members (四员) are never named by the sources: these are
the usual reading, and the table is the district's to change."""

from django.db import migrations

# key, name, English, seat, most at once, members only, one of the four, working group
KINDS = [
    ("SECRETARY", "书记", "secretary", "ORGANISATION", 1, True, False, False),
    ("COMMITTEE_MEMBER", "支委", "committee member", "ORGANISATION", 7, True, False, False),
    ("GROUP_LEADER", "党小组长", "group leader", "ORGANISATION", 1, True, False, False),
    ("CENTRE_HOUSEHOLD", "党员中心户", "centre household", "ENTRANCE", None, True, False, False),
    ("BUILDING_HEAD", "楼栋长", "building head", "BUILDING", 1, False, False, False),
    ("ENTRANCE_HEAD", "单元长", "entrance head", "ENTRANCE", 1, False, False, False),
    ("PUBLICITY", "宣传员", "publicity member", "BUILDING", None, False, True, False),
    ("MEDIATION", "调解员", "mediation member", "BUILDING", None, False, True, False),
    ("SAFETY", "安全员", "safety member", "BUILDING", None, False, True, False),
    ("SANITATION", "卫生员", "sanitation member", "BUILDING", None, False, True, False),
    ("GRID_HEAD", "网格长", "grid head", "GRID", 1, False, False, False),
    ("GRID_WORKER", "网格员", "grid worker", "GRID", None, False, False, False),
    ("MICRO_GRID_HEAD", "微网格长", "micro-grid head", "MICRO_GRID", 1, False, False, False),
    ("ASSISTANT", "网格辅助员", "grid assistant", "MICRO_GRID", None, False, False, False),
    ("WG_COUNTY_CADRE", "县级领导", "county-level cadre", "COMPOUND", 1, True, False, True),
    ("WG_STREET", "街道干部", "street cadre", "COMPOUND", None, False, False, True),
    ("WG_COMMUNITY", "社区干部", "community cadre", "COMPOUND", None, False, False, True),
    ("WG_BUREAU_CHIEF", "驻点局长", "resident bureau chief", "COMPOUND", None, False, False, True),
    ("WG_POLICE", "政法干警", "police officer", "COMPOUND", None, False, False, True),
    ("WG_GRID_HEAD", "网格长（专班）", "grid head in the group", "COMPOUND", None, False, False, True),
    ("WG_ENTRANCE_HEAD", "单元长（专班）", "entrance head in the group", "COMPOUND", None, False, False, True),
]


def add(apps, schema_editor):
    table = apps.get_model("party_grid", "DutyKind")
    for position, (key, name, name_en, seat, most, members, four, group) in enumerate(KINDS, 1):
        table.objects.create(
            key=key,
            name=name,
            name_en=name_en,
            seat=seat,
            seats_max=most,
            needs_member=members,
            is_four_members=four,
            is_working_group=group,
            position=position,
        )


class Migration(migrations.Migration):
    dependencies = [("party_grid", "0001_grids_organisations_duties")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
