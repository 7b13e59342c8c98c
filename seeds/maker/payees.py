"""The bank accounts of the firms: of a bank that does not exist, with numbers nobody has."""

from .places import District
from .providers import Provider
from .sheets import book, sheet
from .words import listed

HEADER = listed("序号 企业名称 统一社会信用代码 开户名 开户行 账号")
TITLE = "企业收款账户表"
BRANCHES = ("长治路", "坞城", "晋阳街", "龙城大街")


def write_payees(folder, district: District, providers: list[Provider]) -> None:
    """One account of each firm, in the order of the filing."""
    rows = [
        [
            number,
            one.name,
            one.code,
            one.name,
            f"样例银行{BRANCHES[number % len(BRANCHES)]}支行",
            f"62000000000{number:08d}",
        ]
        for number, one in enumerate(providers, start=1)
    ]
    title = f"{district.name}{TITLE}（样例数据）"
    with book(folder / "payees.xlsx", title) as workbook:
        sheet(
            workbook,
            TITLE,
            title,
            HEADER,
            rows,
            wide=("企业名称", "开户名", "统一社会信用代码", "开户行", "账号"),
        )
