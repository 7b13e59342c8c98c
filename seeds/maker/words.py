"""Words that names are made of. Every name made from them is a sample (样例)."""


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, which reads better than a column of quotation marks."""
    return tuple(text.split())


SURNAMES = "王李张刘陈杨赵郭武任贾田韩白郝冯梁宋高侯段薛乔曹孟温闫申崔常"
GIVEN = listed(
    "建国 志强 海涛 丽华 晓东 秀英 俊杰 雪梅 永红 国平 文静 瑞芳 卫东 "
    "慧敏 玉兰 春生 立新 艳红 振华 爱萍 小军 佳琪 宏伟 晨光 桂香 守义 "
    "继明 云飞 思远 润生 彩霞 耀武"
)

# Units that never existed; their dormitories, factories and firms carry 样例.
UNITS = listed(
    "并南机械厂 省第九建筑公司 汾东铸造厂 许坦化工厂 晋原仪表厂 省物资储运公司 "
    "坞城印染厂 太榆汽车修配厂 北营轴承厂 省农机供销公司 平阳电子器材厂 "
    "省水文勘测队 长风制药厂 市第三运输公司 龙城建材公司 省粮油机械厂 "
    "北营铁路工务段 小店农具厂 省地质调查九队 汾河纺织厂 晋阳印刷厂 "
    "市二轻供销公司 省冶金设计分院 南内环木器厂 市煤气安装公司 并州橡胶厂 "
    "省公路桥梁二处 市自来水工程队 晋中南电力安装处 省医药站"
)

UNIT_BUILDING_FORMS = (
    "{unit}职工住宅{n}号楼（样例）",
    "{unit}家属楼（样例）",
    "{unit}第{count}生活区职工住宅楼（样例）",
)
UNIT_COMPOUND_FORMS = (
    "{unit}宿舍（样例）",
    "{unit}{n}号院（样例）",
    "{unit}{side}区宿舍（样例）",
    "{unit}第{count}生活区（样例）",
    "{unit}职工住宅小区（样例）",
)
# Old houses by size: up to two buildings, up to six, more.
OLD_FORMS = {
    2: (
        "{road}{n}号院",
        "{road}{n}号院",
        "{road}{n}号",
        "{road}{n}号楼",
        "{road}{count}巷{n}号",
        "{place}{count}条{n}号院",
        "{place}住宅楼{n}号",
        "{road}与{other}交叉口{corner}住宅楼院",
    ),
    6: (
        "{road}{n}号院",
        "{road}{n}号院",
        "{road}{n}号",
        "{road}{count}巷{n}号院",
        "{place}新村{n}号院",
        "{place}{count}条{n}号院",
        "{place}{side}院",
    ),
    99: (
        "{place}{side}区",
        "{place}{count}区",
        "{place}新村{side}区",
        "{road}小区{side}院",
        "{road}住宅小区",
        "{place}住宅小区{count}区",
        "{road}{n}号大院",
    ),
}
COMMON_NEW_FRONT = listed(
    "锦绣 和泰 龙盛 晋阳 汾水 康馨 翠微 景苑 金域 文华 百合 丽景 盛世 "
    "祥和 书香 安居 紫藤 福康 阳光 新晋 御河 银杏 学林 瑞景 恒康 滨汾 "
    "橡树 名都 星河 荷塘 枫林 嘉和"
)
COMMON_NEW_BACK = listed("苑 花园 家园 嘉园 公馆 雅苑 名邸 华府 新居 小区 丽都 庭院 国际城 锦苑")
MODEST_BACK = listed("苑 花园 家园 嘉园 雅苑 新居 小区")
PHASES = ("", "", "", "", "一期", "二期", "三期", "A区", "B区", "北区", "南区")

SIDES = "东南西北"
CORNERS = ("东北角", "西南角", "东南角", "西北角")
COUNTS = "一二三四五六七八九"

# The first six, and 老年居民多, are tags of the register; the others stay words.
PROBLEM_TAGS = listed("无人管事 无钱办事 无章理事 设施老旧 环境脏乱 投诉频发 老年居民多")
PROBLEMS = (
    "无人管事",
    "无钱办事",
    "无章理事",
    "设施老旧",
    "环境脏乱",
    "投诉频发",
    "下水堵塞",
    "路灯不亮",
    "墙皮脱落",
    "私搭乱建",
    "飞线充电",
    "车辆乱停",
    "院门损坏",
    "门禁失效",
)

FIRM_FRONT = listed(
    "晋安 和顺达 汾东 红帆 龙城 并安 惠民 同心 众和 晋馨 鼎盛 康达 先锋 "
    "瑞丰 明德 向阳 长风 安泰 星火 卓信 百家 万和"
)

GENERIC_STREETS = listed(
    "城东 城西 新城 河畔 站前 南关 北关 学院路 人民路 和平 建设路 迎宾 光明 东湖"
)
GENERIC_ROADS = listed(
    "人民路 和平街 建设路 解放街 迎宾路 新华街 光明路 文化街 工业路 学院街 "
    "滨河路 站前街 胜利路 朝阳街 友谊路 育才街"
)
GENERIC_PLACES = listed(
    "东关 西关 南街 北街 柳林 杏园 槐树 石桥 王庄 李家 赵村 马坊 沙河 梅园 兴安 永康"
)

# Given names of people on the ledgers, one or two characters.
FIRST = {
    "男": "建国志海晓俊永文卫春立振小宏晨守继云思润耀新福根贵成玉明学保",
    "女": "丽秀雪艳慧桂彩佳瑞爱玉红春凤月桃巧淑美晓静文润改翠香金素海冬",
}
SECOND = {
    "男": "军强涛东杰国平生新华光义明飞远武林山龙柱虎亮斌峰刚勇伟民全喜旺田亭",
    "女": "英梅琴芳敏兰萍霞琪香娥珍花莲仙叶云珠凤荣娟玲燕青芬霜琳瑶蓉清莉",
}
MEMBER_POSTS = listed(
    "政策宣传岗 环境卫生岗 治安巡逻岗 矛盾调解岗 文明劝导岗 扶老助残岗 设施巡查岗 消防安全岗 "
    "文体活动岗 民情信息岗"
)
WORKPLACES = listed(
    "市公共交通公司职员 市第二中学教师 区图书馆馆员 市人民医院护士 供热公司技术员 省博物院职员 "
    "市园林局工程师 区税务局科员 铁路工务段工人 市第五小学教师 城建档案馆馆员 邮政支局职员 "
    "区文化馆职员 省农科院研究员 供水公司班长 银行支行柜员"
)

# Posts of county-level cadres; the names beside them end in 样例.
COUNTY_POSTS = listed(
    "人大常委会副主任 政协副主席 政协三级调研员 人大常委会四级调研员 总工会四级调研员 "
    "民政局四级调研员 教育局四级调研员 司法局四级调研员 审计局四级调研员 水务局四级调研员 "
    "统计局四级调研员 信访局四级调研员"
)

XINGHUALING_UNITS = listed(
    "胜利机床厂 北城铁路机务段 省第二建筑公司 敦化纺织厂 市第一橡胶厂 涧河耐火材料厂 "
    "省汽车运输公司 市百货公司 府东印刷厂 职工新街锅炉厂 市食品公司 省机械化施工公司 北关面粉厂 "
    "北城校办厂 省轻工设计院 市水泵厂 坝陵电机厂 享堂机车配件厂 市粮油公司 省外贸仓库 "
    "市第二建筑公司 北城电力修造厂 市第二运输公司 大东关玻璃厂 省土产公司 北城房管所"
)

JINGBALU_UNITS = listed(
    "省纺织设计室 中原电缆厂 省棉麻公司 市第三印刷厂 省水利勘测站 豫丰食品厂 省地方煤炭公司 "
    "市皮革机械厂 省农资供应站 中原无线电配件厂 市第四建筑公司 省图书发行站 黄河制药厂 "
    "省交通材料处 市医药采购站 豫剧舞台制景厂 省物价培训站 市粮食机械厂 省外贸包装公司 市客运三队"
)

CHANGZHI_UNITS = listed(
    "上党轴承厂 太行锯条厂 长北铁路机务段 潞安机修厂 上党毛纺厂 省第四建筑公司 太行水泥厂 "
    "漳泽电力修造厂 市第二运输公司 长治锻压厂 上党印刷厂 市粮油加工厂 五阳化肥厂 太行农机厂 "
    "市糖酒副食公司 老顶山疗养院 市自来水管道队 上党搪瓷厂 太行焦化厂 市医药公司"
)
FIRM_FIRST = listed("鑫 恒 嘉 瑞 盛 泰 安 祥 润 诚 宏 佳 康 和 金 益 启 明 锦 德 永 广 利 华")
FIRM_SECOND = listed("源 达 安 居 洁 信 丰 隆 宇 景 晟 家 顺 邦 园 馨 众 合 庭 旺 辉 航")
