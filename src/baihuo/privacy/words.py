"""Word lists that separate persons from products: surnames, given names, brands that sound like people."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The 240 commonest surnames of China (over 96% of the people), and the compound ones.
HAN_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶"
    "阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚"
    "文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟"
    "卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
    "辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟"
    "宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟那仝麻缪肖闫付代邝"
)
HAN_COMPOUND = "欧阳 司马 上官 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 令狐 轩辕 宇文 长孙 端木 百里 呼延 申屠 太史".split()

# Before 女士 or 先生 these surnames are more often a season, a colour, a material or a toy.
HAN_AMBIGUOUS = frozenset(
    "夏白黄金毛高花蓝包米熊牛麻冷时单全万成文安温方简盖车衣木石乐龙古查来向路房"
)

ENGLISH_SURNAMES = _words("""
    smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez
    wilson anderson thomas taylor moore jackson martin lee perez thompson white harris sanchez clark
    ramirez lewis robinson walker young allen king wright scott torres nguyen hill flores green adams
    nelson baker hall rivera campbell mitchell carter roberts gomez phillips evans turner diaz parker
    cruz edwards collins reyes stewart morris morales murphy cook rogers gutierrez ortiz morgan cooper
    peterson bailey reed kelly howard ramos kim cox ward richardson watson brooks chavez wood james
    bennett gray mendoza ruiz hughes price alvarez castillo sanders patel myers long ross foster jimenez
    powell jenkins perry russell sullivan bell coleman butler henderson barnes gonzales fisher vasquez
    simmons romero jordan patterson alexander hamilton graham reynolds griffin wallace moreno west cole
    hayes bryant herrera gibson ellis tran medina aguilar stevens murray ford castro marshall owens
    harrison fernandez mcdonald woods washington kennedy wells vargas henry chen freeman webb tucker
    guzman burns crawford olson simpson porter hunter gordon mendez silva shaw snyder mason dixon munoz
    hunt hicks holmes palmer wagner black robertson boyd stone salazar fox warren mills meyer rice schmidt
    garza daniels ferguson nichols stephens soto weaver ryan gardner payne grant dunn kelley spencer
    hawkins arnold pierce hansen peters santos hart bradley knight elliott cunningham duncan armstrong
    hudson carroll lane riley andrews alvarado ray delgado berry perkins hoffman johnston matthews pena
    richards contreras willis carpenter lawrence sandoval guerrero george chapman rios estrada ortega
    watkins greene nunez wheeler valdez harper burke larson santiago maldonado morrison franklin carlson
    austin dominguez carr lawson jacobs obrien lynch singh vega bishop montgomery oliver jensen harvey
    williamson gilbert dean sims espinoza howell li wong reid hanson le mccoy garrett burton fuller wang
    weber welch rojas lucas marquez fields park yang little banks padilla day walsh bowman schultz luna
    fowler mejia davies evans khan ahmed hussain ali begum shah kaur wu liu zhang huang zhao zhou xu sun
    ma zhu hu guo lin gao liang zheng song tang xie han feng deng cao peng zeng xiao tian dong pan yuan
    jiang cai yu du ye cheng wei su lu ding ren lo lam cheung chan leung ng ho kwok tsang müller schneider
    fischer becker schulz koch bauer richter klein wolf neumann dubois durand moreau laurent simon michel
    rossi russo ferrari bianchi ivanov petrov novak kowalski sato suzuki tanaka watanabe yamamoto
    mackenzie macdonald hopkins barker pearson fletcher cartwright whitehead bradshaw
    """)
ENGLISH_GIVEN = _words("""
    james mary robert patricia john jennifer michael linda david elizabeth william barbara richard susan
    joseph jessica thomas sarah christopher karen charles lisa daniel nancy matthew betty anthony sandra
    mark margaret donald ashley steven kimberly andrew emily paul donna joshua michelle kenneth carol
    kevin amanda brian melissa george deborah timothy stephanie ronald rebecca jason sharon edward laura
    jeffrey cynthia ryan dorothy jacob amy gary kathleen nicholas angela eric shirley jonathan brenda
    stephen emma larry anna justin pamela scott nicole brandon samantha benjamin katherine samuel
    christine gregory helen alexander debra patrick rachel frank carolyn raymond janet jack maria dennis
    catherine jerry heather tyler diane aaron olivia jose julie adam joyce nathan victoria henry ruth
    douglas virginia zachary lauren peter kelly kyle christina noah joan ethan evelyn jeremy judith
    walter andrea christian hannah keith megan roger cheryl terry jacqueline austin martha sean madison
    gerald teresa carl gloria harold sara dylan janice arthur ann lawrence kathryn jordan abigail jesse
    sophia bryan frances billy jean bruce alice gabriel judy joe isabella logan julia alan grace juan
    amber albert denise willie danielle elijah marilyn wayne beverly randy charlotte mason natalie vincent
    theresa liam diana roy brittany bobby doris caleb kayla russell alexis philip lori sally tom tim ben
    sam dave mike bob jim steve matt nick chris kate katie liz sue jane claire fiona nigel graham ian
    oliver harry lucy sophie chloe mohammed fatima wei li min jing yan hui mei xin yuki hiroshi carlos
    luis miguel ana sofia ivan olga natasha hans klaus petra pierre marie luca giulia
    """)

# Words after Mr, Mrs, Miss, Ms or Dr that are not persons: brands, characters, abbreviations.
NOBODY = _words("""
    muscle meyer meyers meyer's martens marten pepper coffee clean scholl scholls scholl's kipling potato
    men man bean dior sixty doubtfire who dre oetker bronner bronner's bronners jart brown's browns seuss
    marvel christmas beast heater robot right wrong bubble bubbles big happy funny tickle strong perfect
    sunshine fluff fox's bump grumpy greedy nosy messy bond wolf's heart selfridge darcy hyde jekyll
    strange doom evil octopus house magic sheffy sketch wong's brainwash fothergill smythe pickles
    office windows excel word access exchange project visio dos sql server natural nordic america world
    universe universal claus santa tiggy hudson's peter's rabbit pig piggy bear fish frog cat dog lion
    mouse crumbs freeze incredible fantastic bento barber beams steam lube joint rubber coat max plug
    shark wash toilet dobelina chef holmes's lyons maple beer black's brown's hauschka sebagh lipp
    barbara sturm rimpler zhivago no dolittle frankenstein mario luigi bingo fixit gasket handsfree
    kitty kung ghost blobby tumble teatime lovely wonderful chips vintage matilda moneypenny
    """)

# Addresses from fiction and tourism, printed on mugs: not private ones.
FAMOUS = (
    "221b baker street",
    "221 b baker street",
    "10 downing street",
    "11 downing street",
    "1600 pennsylvania avenue",
    "4 privet drive",
    "742 evergreen terrace",
    "12 grimmauld place",
    "42 wallaby way",
    "124 conch street",
    "32 windsor gardens",
    "1313 mockingbird lane",
    "3 abbey road",
    "30 rockefeller plaza",
)
