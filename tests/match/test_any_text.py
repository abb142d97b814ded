"""Copies are found in any script, with the figures of the slow twin, and in texts of any length."""

import itertools
import time
import unicodedata

import numpy as np
import pytest

import dedup
from dedup import match, sketch
from dedup.errors import UsageError
from dedup.records import Bounds
from tests import naive

# For each script a story of three sentences or more, and another one. Invented.
SCRIPTS = {
    "Han": (
        """
周一上午，一艘货船撞上了奥恩河上的旧桥，桥面随即关闭。
港务局说，没有人受伤，工程师将在本周检查每一个桥墩。
市政府已经安排渡船，每二十分钟一班，直到修理结束。
""",
        """
山谷里的图书馆星期六重新开放，孩子们带来了自己画的书签。馆长表示，新的阅览室可以坐六十人。
""",
    ),
    "Kana": (
        """
げつようのあさ、ふるいはしにカーゴシップがぶつかり、はしはすぐにとおれなくなりました。
みなとのじむしょによると、けがをしたひとはなく、エンジニアがこのしゅうのうちにはしらをしらべます。
なおるまではフェリーがにじゅっぷんおきにでて、ペダルのついたのりものもただではこぶということです。
""",
        """
たにのライブラリーがどようびにふたたびひらき、こどもたちがてづくりのしおりをもってきました。
""",
    ),
    "Han and Kana": (
        """
月曜日の朝、貨物船が古い橋にぶつかり、橋は通行止めになりました。
港の事務所によると、けが人はなく、技術者が今週中に橋脚を調べます。
市は二十分おきにフェリーを出し、修理が終わるまで続けるとしています。
""",
        """
谷の図書館が土曜日に再び開き、子どもたちは手作りのしおりを持ってきました。
新しい閲覧室には六十人が座れるそうです。
""",
    ),
    "Hangul": (
        """
월요일 아침 화물선이 강의 오래된 다리를 들이받아 다리의 통행이 곧바로 금지되었다고 시청이 밝혔다.
항만 관리소에 따르면 다친 사람은 없으며 기술자들이 이번 주 안에 교각을 하나씩 살펴보고 보고서를 낼
예정이다.
시는 수리가 끝날 때까지 이십 분마다 배를 띄우고 자전거를 가진 사람도 함께 태우기로 했으며 요금은
받지 않는다.
""",
        """
골짜기의 도서관이 토요일에 다시 문을 열자 아이들이 직접 그린 책갈피를 가져왔다. 새 열람실에는 예순
명이 앉는다.
""",
    ),
    "Thai": (
        """
เช้าวันจันทร์ เรือสินค้าชนสะพานเก่าข้ามแม่น้ำ สะพานจึงถูกปิดทันที
สำนักงานท่าเรือแจ้งว่าไม่มีผู้บาดเจ็บ และวิศวกรจะตรวจตอม่อภายในสัปดาห์นี้
เทศบาลจัดเรือข้ามฟากทุกยี่สิบนาทีจนกว่าการซ่อมจะเสร็จ
""",
        """
ห้องสมุดในหุบเขาเปิดอีกครั้งเมื่อวันเสาร์ เด็กๆ นำที่คั่นหนังสือที่วาดเองมาด้วย
""",
    ),
    "Khmer": (
        """
ព្រឹកថ្ងៃចន្ទ នាវាដឹកទំនិញបានបុកស្ពានចាស់លើទន្លេ ហើយស្ពានត្រូវបិទភ្លាម។
ការិយាល័យកំពង់ផែថា គ្មានអ្នករបួសទេ ហើយវិស្វករនឹងពិនិត្យសសរស្ពានក្នុងសប្តាហ៍នេះ។
សាលាក្រុងរៀបចំសាឡាងរៀងរាល់ម្ភៃនាទី រហូតដល់ជួសជុលរួច។
""",
        """
បណ្ណាល័យក្នុងជ្រលងភ្នំបានបើកឡើងវិញនៅថ្ងៃសៅរ៍ ហើយកុមារបានយកចំណាំសៀវភៅដែលគូរដោយខ្លួនឯងមក។
""",
    ),
    "Lao": (
        """
ເຊົ້າວັນຈັນ ເຮືອບັນທຸກສິນຄ້າໄດ້ຕຳຂົວເກົ່າຂ້າມແມ່ນ້ຳ ແລະຂົວຖືກປິດທັນທີ.
ຫ້ອງການທ່າເຮືອແຈ້ງວ່າບໍ່ມີຜູ້ບາດເຈັບ ແລະວິສະວະກອນຈະກວດເສົາຂົວພາຍໃນອາທິດນີ້.
ເທດສະບານຈັດເຮືອຂ້າມຟາກທຸກຊາວນາທີຈົນກວ່າການສ້ອມແປງຈະແລ້ວ.
""",
        """
ຫໍສະໝຸດໃນຮ່ອມພູເປີດອີກຄັ້ງໃນວັນເສົາ ເດັກນ້ອຍນຳທີ່ຂັ້ນປຶ້ມທີ່ແຕ້ມເອງມານຳ.
""",
    ),
    "Myanmar": (
        """
တနင်္လာနေ့နံနက်တွင် ကုန်တင်သင်္ဘောတစ်စင်းသည် မြစ်ပေါ်ရှိ တံတားဟောင်းကို တိုက်မိပြီး တံတားကို
ပိတ်ခဲ့သည်။
ဆိပ်ကမ်းရုံးက ထိခိုက်ဒဏ်ရာရသူမရှိဟု ပြောပြီး အင်ဂျင်နီယာများက ယခုအပတ်အတွင်း တိုင်များကို စစ်ဆေးမည်။
မြို့တော်က ပြင်ဆင်မှုပြီးသည်အထိ မိနစ်နှစ်ဆယ်တိုင်း ကူးတို့သင်္ဘောထားပေးမည်။
""",
        """
တောင်ကြားရှိ စာကြည့်တိုက်ကို စနေနေ့တွင် ပြန်ဖွင့်ခဲ့ပြီး ကလေးများက ကိုယ်တိုင်ဆွဲသော စာညှပ်များ
ယူလာကြသည်။
""",
    ),
    "Arabic": (
        """
اصطدمت سفينة شحن صباح الاثنين بالجسر القديم فوق النهر فأغلقت البلدية الجسر في الحال أمام السيارات
والمشاة.
وقال مكتب الميناء إنه لم يصب أحد بأذى وإن المهندسين سيفحصون دعائم الجسر هذا الأسبوع واحدة بعد أخرى.
وتسير المدينة عبارة كل عشرين دقيقة حتى تنتهي أعمال الإصلاح وهي تنقل الدراجات أيضا ولا تأخذ من
الركاب أجرا.
""",
        """
فتحت مكتبة الوادي أبوابها من جديد يوم السبت وأحضر الأطفال بطاقات رسموها بأنفسهم وتتسع القاعة لستين
قارئا.
""",
    ),
    "Hebrew": (
        """
ספינת משא פגעה ביום שני בבוקר בגשר הישן שמעל הנהר והעירייה סגרה מיד את הגשר למכוניות ולהולכי רגל.
משרד הנמל מסר כי איש לא נפגע וכי מהנדסים יבדקו השבוע את עמודי הגשר אחד אחרי השני ויגישו דוח.
העיר מפעילה מעבורת בכל עשרים דקות עד שיסתיים התיקון והיא לוקחת גם אופניים ואינה גובה תשלום מן
הנוסעים.
""",
        """
הספרייה שבעמק נפתחה שוב בשבת בערב והילדים הביאו סימניות שציירו בעצמם. באולם הקריאה החדש יש מקום
לשישים איש.
""",
    ),
    "Devanagari": (
        """
सोमवार की सुबह एक मालवाहक जहाज़ नदी के पुराने पुल से टकरा गया और नगर पालिका ने पुल को तुरंत बंद कर
दिया।
बंदरगाह कार्यालय ने कहा कि कोई घायल नहीं हुआ और इंजीनियर इसी सप्ताह पुल के खंभों की जाँच करेंगे।
शहर ने मरम्मत पूरी होने तक हर बीस मिनट पर नाव चलाने का इंतज़ाम किया है जो साइकिल भी ले जाती है।
""",
        """
घाटी का पुस्तकालय शनिवार को फिर खुला और बच्चे अपने बनाए हुए पन्ने लेकर आए। नए वाचनालय में साठ लोग
बैठ सकते हैं।
""",
    ),
    "Tamil": (
        """
திங்கள்கிழமை காலை ஒரு சரக்குக் கப்பல் ஆற்றின் மேலுள்ள பழைய பாலத்தில் மோதியதால் நகராட்சி உடனே
பாலத்தை மூடியது.
யாருக்கும் காயம் இல்லை என்றும் பொறியாளர்கள் இந்த வாரம் பாலத்தின் தூண்களைச் சோதித்து அறிக்கை
தருவார்கள் என்றும் துறைமுக அலுவலகம் கூறியது.
பழுது முடியும் வரை இருபது நிமிடங்களுக்கு ஒரு முறை படகு ஓடும் என்றும் அதில் மிதிவண்டிகளையும் கொண்டு
செல்லலாம் என்றும் கட்டணம் எதுவும் இல்லை என்றும் நகரம் தெரிவித்தது.
""",
        """
பள்ளத்தாக்கில் உள்ள நூலகம் சனிக்கிழமை மீண்டும் திறக்கப்பட்டது, குழந்தைகள் தாங்களே வரைந்த அட்டைகளைக்
கொண்டு வந்தனர்.
""",
    ),
    "Greek": (
        """
Ένα φορτηγό πλοίο χτύπησε το πρωί της Δευτέρας την παλιά γέφυρα του ποταμού και ο δήμος την έκλεισε
αμέσως.
Το γραφείο του λιμανιού είπε ότι κανείς δεν τραυματίστηκε και ότι οι μηχανικοί θα ελέγξουν τους
στύλους σύντομα.
Η πόλη βάζει ένα πορθμείο κάθε είκοσι λεπτά ώσπου να τελειώσει η επισκευή και αυτό παίρνει ποδήλατα
χωρίς εισιτήριο.
""",
        """
Η βιβλιοθήκη της κοιλάδας άνοιξε πάλι το Σάββατο και τα παιδιά έφεραν σελιδοδείκτες που ζωγράφισαν
μόνα τους.
""",
    ),
    "marks": (
        """
Sáng thứ hai một tàu hàng đâm vào cây cầu cũ bắc qua sông và thành phố đóng cầu ngay lập tức.
Văn phòng cảng cho biết không ai bị thương và các kỹ sư sẽ kiểm tra từng trụ cầu trong tuần này.
Cứ hai mươi phút lại có một chuyến phà cho đến khi sửa xong và phà chở cả xe đạp mà không lấy tiền
vé.
""",
        """
Thư viện trong thung lũng mở cửa lại vào thứ bảy và trẻ em mang theo những tấm thẻ tự vẽ.
""",
    ),
    "emoji": (
        """
The old bridge 🌉 over the Orne was closed on Monday 👨‍👩‍👧‍👦 after a cargo ship 🚢 hit one of
its pillars 😮‍💨, the town said.
Nobody was hurt 👍🏽 and engineers 👷🏿‍♀️ look at the pillars one by one 1️⃣ 2️⃣ 3️⃣ before the
end of this week, said the port 🇫🇷🇧🇪.
A ferry ⛴️ leaves every twenty minutes until the repairs are done ✅ and takes bicycles 🚲 along
free of charge 🏴󠁧󠁢󠁳󠁣󠁴󠁿❤️.
""",
        """
The library of the valley 📚 opened again on Saturday 🎉 and children 👧🏻👦🏾 brought bookmarks
that they had painted.
""",
    ),
    "mixed": (
        """
東京のIT企業 Orne Works は月曜日、new bridge project を発表し、Москва и Αθήνα joined the plan on
the same day.
한국 대표단은 세 개의 bridges 를 보았고 وقال المهندسون إن الجسر jest gotowy, เปิดใช้วันนี้ for cars
and trams.
Der Straßenbau kostet 12 Mio. €, 第一期工程 ends in May, і місто хоче ferry кожні 20 хвилин bis zum
Schluss.
""",
        """
Библиотека в долине opened again le samedi, 子どもたち brought bookmarks и рисунки, and sixty 명이
앉을 수 있다.
""",
    ),
}
LATIN = """
The old bridge over the Orne was closed on Monday morning after a cargo ship hit one of its pillars.
Nobody was hurt and engineers will look at the pillars one by one before the end of this week, said
the port office. A ferry leaves every twenty minutes until the repairs are done and takes bicycles.
"""
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
SCRIPTS["fullwidth"] = (LATIN.translate(WIDE), SCRIPTS["emoji"][1].translate(WIDE))
FRAME = (
    "From our archive, first published last spring and shown once more to readers of the series: ",
    " The editors have changed nothing in it; the next part of the series follows on Sunday.",
)


def scan(texts):
    return dedup.scan([dedup.Document(str(k), text) for k, text in enumerate(texts)], clean=False)


def found(texts):
    return {(int(pair.a), int(pair.b)): pair for pair in scan(texts).pairs()}


def relation(a, b):
    """What two texts are by the definitions, None for no copies."""
    shared, size_a, size_b = naive.overlap(a, b)
    bounds = Bounds()
    reached = {
        "exact": bool(shared) and naive.words(a) == naive.words(b),
        "near": bool(shared) and shared / (size_a + size_b - shared) >= bounds.min_jaccard,
        "excerpt": shared >= max(bounds.min_shared, bounds.min_containment * min(size_a, size_b)),
        "passage": shared >= bounds.min_passage,
    }
    return next((name for name, holds in reached.items() if holds), None)


def check_against_twin(texts):
    """Every pair, every figure and every span is the slow twin's."""
    pairs = found(texts)
    for a, b in itertools.combinations(range(len(texts)), 2):
        one, other = texts[a], texts[b]
        expected = relation(one, other)
        assert ((a, b) in pairs) == (expected is not None)
        if expected:
            pair = pairs[a, b]
            shared, size_a, size_b = naive.overlap(one, other)
            assert (pair.relation, pair.shared) == (expected, shared)
            assert pair.jaccard == shared / (size_a + size_b - shared)
            assert (pair.containment_a, pair.containment_b) == (shared / size_a, shared / size_b)
            assert [list(span) for span in pair.passages] == naive.passages(one, other)
    return pairs


def is_part(text, at):
    """Whether the code point at a place belongs to the character before it."""
    return at < len(text) and (
        unicodedata.combining(text[at]) > 0 or unicodedata.category(text[at]) in ("Mn", "Me", "Mc")
    )


def renewed(story):
    """The story with a number in place of a word of its first sentence."""
    _, start, end = naive.tokens(story)[len(naive.tokens(story)) // 6]
    return f"{story[:start]} 2031 {story[end:]}"


def pointed(text, mark):
    """The text with a vowel mark on each letter."""
    return "".join(char + mark if unicodedata.category(char) == "Lo" else char for char in text)


@pytest.mark.parametrize("script", SCRIPTS)
def test_copies_are_found_in_any_script(script):
    story, unrelated = SCRIPTS[script]
    behind = "\n".join(story.splitlines()[2:])  # all but the first line
    texts = [
        unicodedata.normalize("NFC", story),
        unicodedata.normalize("NFD", f"– {story.upper()} …"),
        unicodedata.normalize("NFC", renewed(story)),
        behind.join(FRAME),
        unrelated,
    ]
    pairs = check_against_twin(texts)
    assert {pair: found.relation for pair, found in pairs.items()} == {
        (0, 1): "exact",
        (0, 2): "near",
        (1, 2): "near",
        (0, 3): "excerpt",
        (1, 3): "excerpt",
        (2, 3): "excerpt",
    }
    for (a, b), pair in pairs.items():
        for a_start, a_end, b_start, b_end in pair.passages:
            assert not any(is_part(texts[a], at) for at in (a_start, a_end))
            assert not any(is_part(texts[b], at) for at in (b_start, b_end))
    tokens = naive.tokens(texts[0])
    for copy in (1, 2):  # one passage, edited or not, from the first word to the last
        ((start, end, _, _),) = pairs[0, copy].passages
        assert (start, end) == (tokens[0][1], tokens[-1][2])


@pytest.mark.parametrize(("script", "mark"), [("Arabic", "\u064e"), ("Hebrew", "\u05b7")])
def test_vowel_marks_make_no_difference(script, mark):
    story, _ = SCRIPTS[script]
    pairs = check_against_twin([story, pointed(story, mark)])
    assert pairs[0, 1].relation == "exact"


def test_emoji_make_no_difference():
    story, _ = SCRIPTS["emoji"]
    letters = "".join(char for char in story if unicodedata.category(char) not in ("So", "Sk", "Mn", "Cf"))
    other = letters.replace(" ", " 🏳️‍🌈🤷🏽‍♂️ ")
    pairs = check_against_twin([story, letters, other, "👨‍👩‍👧‍👦 🇫🇷", "👨‍👩‍👧‍👦 🇫🇷"])
    assert {pair: found.relation for pair, found in pairs.items()} == dict.fromkeys([(0, 1), (0, 2), (1, 2)], "exact")


def test_short_and_empty_texts():
    texts = [
        "",
        "",
        " \n",
        "… — !?",
        "… — !?",
        "Bridge",
        "BRIDGE.",
        "bridge closed",
        "Bridge: closed",
        "橋",
        "「橋」",
        "橋脚",
        "a b c d e",
    ]
    pairs = check_against_twin([*texts, "a b c d e f", "\u0301", "\u200d\ufeff"])
    assert {pair: found.relation for pair, found in pairs.items()} == dict.fromkeys([(5, 6), (7, 8), (9, 10)], "exact")
    rows = list(scan(texts).documents())
    assert [row.is_duplicate for row in rows[:5]] == [False] * 5


def test_lone_surrogates_are_refused_by_scan_and_no_letters_to_match():
    broken = "\udc00" + LATIN.replace(" ", " \ud83d ", 5).replace(" ", "\ude00", 7) + "\ud800"
    for document in (dedup.Document("1", broken), {"text": broken}):
        with pytest.raises(UsageError, match="surrogates"):
            dedup.scan([document], clean=False)
    packed = sketch.pack([LATIN, broken])
    assert match.compare(packed).exact.tolist() == [True]
    assert match.passages(packed, np.array([0]), np.array([1]))[0].tolist() == naive.passages(LATIN, broken)


def cpu_seconds(texts):
    """Return the pairs of a scan, and the time that they took; kernels are compiled before."""
    list(scan(["one two three four five six"] * 2).pairs())
    before = time.process_time()
    pairs = list(scan(texts).pairs())
    return pairs, time.process_time() - before


def test_ten_megabytes_and_an_excerpt_of_it():
    words = [f"w{k}" for k in np.random.default_rng(1).permutation(1_300_000)]
    long, excerpt = " ".join(words), " ".join(words[600_000:700_000])
    own = " ".join(f"own{k}" for k in range(50_000))
    assert len(long) > 10_000_000
    [pair], seconds = cpu_seconds([long, f"{own} {excerpt} {own}"])
    assert seconds < 10
    assert (pair.relation, pair.shared) == ("excerpt", 99_996)
    assert pair.containment_a == 99_996 / 1_299_996
    start = long.index(excerpt)
    assert pair.passages == [(start, start + len(excerpt), len(own) + 1, len(own) + 1 + len(excerpt))]


@pytest.mark.parametrize(("word", "between"), [("la", " "), ("橋", "")])
def test_five_million_times_the_same_word(word, between):
    step = len(word + between)
    texts = [(word + between) * 5_000_000, f"{word}! {word}, " + (word + between) * 4_000_000, word + "x " + word]
    [pair], seconds = cpu_seconds(texts)
    assert seconds < 10
    assert (pair.relation, pair.shared, pair.jaccard) == ("near", 1, 1.0)
    assert pair.passages[0][0] == 0
    assert pair.passages[-1][1] == 5_000_000 * step - len(between)
    assert len(pair.passages) == 2
