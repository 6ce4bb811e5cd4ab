"""Questions that other trades are asked, near to a shop's: none of these trades is one that training knows.

Written by hand for this measurement, before anything was measured on it, and never learned from.
"""

from __future__ import annotations

ENGLISH = {
    "library": "how do i renew the book i borrowed|what is the fine for an overdue book|can i reserve a study desk for tomorrow|where do i return the dvds after closing time|i forgot to bring back two novels|does my reader card work in every branch|can you order a journal from another branch for me|how many titles may i borrow at once",
    "car_rental": "i want to extend my rental by two days|can i drop the car off at another location|do i need to fill the tank before i bring it back|is a second driver free|there is a scratch on the van that was not there|what happens if i return the vehicle late|can i pick up the convertible at the station|i need a child seat in the rental car",
    "vet": "my cat has not eaten for two days|when does my puppy need its next vaccination|can i bring my rabbit in this afternoon|how much is neutering a dog|my dog swallowed a sock|do you treat parrots|the stitches of my cat have come open|i want to cancel the check up for my hamster",
    "railway": "is the 8 15 to leeds running|i left my umbrella on the train|can i take my bike on the express|my train was cancelled how do i get my money back|which platform does the sleeper leave from|is there a discount for pensioners on day returns|change my seat in coach c|the ticket machine ate my coins",
    "museum": "are you open on mondays|is there a guided tour in spanish|can i take photos of the paintings|how much is a ticket for a school class|where is the cloakroom|is the dinosaur exhibition still on|do you have wheelchairs to borrow|can i cancel my tour for sunday",
    "dentist": "my filling fell out|how much is a crown|i have a toothache since yesterday|can i move my cleaning to next week|do you do braces for adults|how long does whitening last|is a root canal painful|send the invoice for my bridge to my insurer",
    "movers": "how many boxes do i need for a three room home|can you carry a piano to the fourth floor|do you dismantle wardrobes|i want to postpone our move to the 12th|one of your men dented the door frame|what do you charge per hour for the lorry|can i store my furniture for a month|do you need a no parking zone",
    "plumber": "my toilet is blocked|water is coming through the ceiling|how soon can someone come to fix the boiler|do you install bathtubs|the tap drips all night|what is your call out fee|the plumber did not show up today|can you send a quote for a new bathroom",
    "driving_school": "how many lessons do i need before the test|i failed my theory exam|can i switch to another instructor|do you teach automatic|my lesson on friday has to be cancelled|how much is the motorway lesson|when can i sit the practical test|do i need glasses to drive",
    "streaming": "the film stops after ten minutes|can i watch on two screens at the same time|why is season three not available here|how do i turn on subtitles|remove my son from the profiles|the picture is blurry on my television|when is the next episode out|cancel my free trial before it renews",
    "ride_hailing": "my driver never came|i left my keys in the cab|the driver took a detour|can i ride with a guide dog|how do i tip my driver|why was i charged a waiting fee|add a stop to my trip|how do i rate the driver",
    "pension": "when can i retire|how much will i get if i stop working at 62|my pension was not paid this month|can i pay in more each year|what does my widow receive|i moved abroad will i still get my pension|how are my contributions invested|can i take the pot as a lump sum",
    "parking": "the barrier does not open|how do i extend my parking time|my season permit has expired|i was fined although i had a valid ticket|is there space for a camper|where do i pay for the car park|the machine did not print a ticket|can i reserve a bay near the lift",
    "kindergarten": "is there a place free for my daughter in autumn|what time must i pick up my son|my child is ill today|what do the kids eat for lunch|may i bring cake for a birthday|when are you closed in summer|who is the teacher of the bear group|how do i cancel the place",
    "hairdresser": "how much is a cut and blow dry|is lena free on saturday|can you fix a bad dye job|i have to move my appointment to five|do you do bridal hair|how long does a perm take|do you cut children s hair|my highlights came out orange",
    "photographer": "how many pictures do we get from the wedding|can you retouch the group photo|when will our portraits be ready|do you shoot newborns at home|we have to shift the session because of rain|may we use the photos for advertising|can i get the raw files|what should we wear for the shoot",
}
# In the very words of a shop's customers: cancel, order, refund, account, invoice, delivery, complaint.
SAME_WORDS = {
    "library": "i need help cancelling my reservation of the novel|what do i have to do to recover the pin of my reader card|can i change the branch where i pick up the book i ordered|where can i check the fee for late returns",
    "car_rental": "can you help me change the pick up date of my rental|i want to get my deposit for the van back|how can i check the cancellation fee of the rental|where do i download the invoice of my rental car",
    "vet": "help me to cancel my dog s operation|i want to see the invoice for my cat s treatment|how can i pay for the vaccination of my puppy|i need to change the address of my rabbit s owner",
    "railway": "i need assistance to get a refund for the delayed train|can i change the date of my rail ticket|help me cancel my season ticket for the tram|i want to file a complaint about the conductor",
    "museum": "where can i cancel the guided tour|i need to talk to someone about a school visit|how do i subscribe to the newsletter of the museum|can i get my money back for the exhibition",
    "dentist": "i want to cancel my check up at the dentist|what payment methods do you accept for a crown|can you help me check the invoice for my filling|how long does it take until my crown is ready",
    "movers": "i have to change the address we are moving to|can you help me cancel our move|how do i check the estimate for our move|i want to make a complaint about the packers",
    "plumber": "i need to cancel the plumber|how do i pay for the repair of the boiler|what is the delivery period for a new bathtub installation|i want a refund for the boiler service",
    "driving_school": "can you help me cancel my driving lesson|i want to change my instructor|how do i get a refund for my theory lessons|i need help to see when my driving test is",
    "streaming": "help me to delete my watch history|i have a problem paying for the film i rented|i want to switch to the family plan for movies|how can i recover the password of my child s profile to watch series",
    "ride_hailing": "i want a refund for my ride|can i change the address i am being driven to|how do i see the invoice of last night s trip|i need help cancelling the cab",
    "pension": "can you help me check the status of my pension claim|i want to change the account my pension is paid to|how do i cancel my contributions|what is the fee for early retirement",
    "parking": "i want to cancel my parking permit|where do i pay the invoice for the garage bay|i need a refund from the ticket machine|help me to change the number plate of my permit",
    "kindergarten": "i need to cancel my son s place|how do i change the pick up person|where can i see the invoice for lunch|i want to make a complaint about a teacher",
    "hairdresser": "can you help me cancel my haircut|i want to change my colouring to friday|i want my money back for this perm|is it possible to talk to the stylist",
    "photographer": "help me cancel the wedding shoot|i have to change the place of the session|when will the album of our wedding be delivered|where can i download our portraits",
}
CHINESE = {
    "图书馆": "借的书怎么续借|逾期一天罚多少钱|自习室怎么预约|读者证丢了怎么补|一次能借几本|可以帮我从别的馆调书吗",
    "租车": "租的车想多用两天|可以异地还车吗|还车要加满油吗|车上有划痕怎么算|能加个副驾驶员吗|违章了押金怎么退",
    "宠物医院": "猫两天没吃东西了|小狗什么时候打下一针|绝育多少钱|狗吞了袜子怎么办|下午能带兔子来看吗|伤口裂开了",
    "高铁": "到上海的高铁还有票吗|车票怎么改签|伞落在车上了|列车晚点多久|能带自行车上车吗|在哪个站台上车",
    "博物馆": "周一开馆吗|有讲解吗|里面能拍照吗|学生票多少钱|恐龙展还在吗|存包处在哪里",
    "牙科": "补的牙掉了|做个牙冠多少钱|牙疼一晚上了|洗牙想改到下周|成人能做矫正吗|根管治疗疼不疼",
    "搬家": "三室一厅要几辆车|钢琴能搬到四楼吗|衣柜帮拆装吗|搬家想推迟到十二号|工人把门框磕坏了|一小时怎么收费",
    "驾校": "科目二挂了怎么办|想换个教练|周五的课去不了|自动挡多少学费|什么时候能考科目三|近视能考驾照吗",
    "视频会员": "电影看到一半就卡|能两个人同时看吗|第三季为什么看不了|字幕怎么打开|怎么取消自动续费会员|下一集什么时候更新",
    "网约车": "司机一直没来|钥匙落在车里了|司机绕路了|为什么收等候费|行程中能加一站吗|怎么给司机打分",
    "幼儿园": "秋季还有学位吗|几点接孩子|孩子今天生病请假|中午吃什么|能带生日蛋糕来吗|暑假放几天",
    "理发": "洗剪吹多少钱|周六还能约吗|染坏了能补救吗|预约改到五点|烫头要多久|给小孩剪头发吗",
}


def questions(language: str, *, same_words: bool = False) -> list[str]:
    """All questions of a language; ``same_words``: the English ones in a shop's words."""
    of = SAME_WORDS if same_words else ENGLISH if language == "en" else CHINESE
    return [question for text in of.values() for question in text.split("|")]
