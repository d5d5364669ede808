"""Names and positions of places that the builders type by hand: districts, islands, capes, towns by name.

Names are the common ones in English, Japanese and Korean. Positions of islands are only where to look: the
builder takes the centroid from Natural Earth. Those of capes and peninsulas are from knowledge, and say so in
their source.
"""

from __future__ import annotations

FROM_KNOWLEDGE = "from knowledge, to be checked"
FROM_PAGE = "https://ja.wikipedia.org/wiki/"

DISTRICTS = {
    "JPN": {
        "01": ("Aichi", "愛知県", "아이치현"),
        "02": ("Akita", "秋田県", "아키타현"),
        "03": ("Aomori", "青森県", "아오모리현"),
        "04": ("Chiba", "千葉県", "지바현"),
        "05": ("Ehime", "愛媛県", "에히메현"),
        "06": ("Fukui", "福井県", "후쿠이현"),
        "07": ("Fukuoka", "福岡県", "후쿠오카현"),
        "08": ("Fukushima", "福島県", "후쿠시마현"),
        "09": ("Gifu", "岐阜県", "기후현"),
        "10": ("Gunma", "群馬県", "군마현"),
        "11": ("Hiroshima", "広島県", "히로시마현"),
        "12": ("Hokkaido", "北海道", "홋카이도"),
        "13": ("Hyogo", "兵庫県", "효고현"),
        "14": ("Ibaraki", "茨城県", "이바라키현"),
        "15": ("Ishikawa", "石川県", "이시카와현"),
        "16": ("Iwate", "岩手県", "이와테현"),
        "17": ("Kagawa", "香川県", "가가와현"),
        "18": ("Kagoshima", "鹿児島県", "가고시마현"),
        "19": ("Kanagawa", "神奈川県", "가나가와현"),
        "20": ("Kochi", "高知県", "고치현"),
        "21": ("Kumamoto", "熊本県", "구마모토현"),
        "22": ("Kyoto", "京都府", "교토부"),
        "23": ("Mie", "三重県", "미에현"),
        "24": ("Miyagi", "宮城県", "미야기현"),
        "25": ("Miyazaki", "宮崎県", "미야자키현"),
        "26": ("Nagano", "長野県", "나가노현"),
        "27": ("Nagasaki", "長崎県", "나가사키현"),
        "28": ("Nara", "奈良県", "나라현"),
        "29": ("Niigata", "新潟県", "니가타현"),
        "30": ("Oita", "大分県", "오이타현"),
        "31": ("Okayama", "岡山県", "오카야마현"),
        "32": ("Osaka", "大阪府", "오사카부"),
        "33": ("Saga", "佐賀県", "사가현"),
        "34": ("Saitama", "埼玉県", "사이타마현"),
        "35": ("Shiga", "滋賀県", "시가현"),
        "36": ("Shimane", "島根県", "시마네현"),
        "37": ("Shizuoka", "静岡県", "시즈오카현"),
        "38": ("Tochigi", "栃木県", "도치기현"),
        "39": ("Tokushima", "徳島県", "도쿠시마현"),
        "40": ("Tokyo", "東京都", "도쿄도"),
        "41": ("Tottori", "鳥取県", "돗토리현"),
        "42": ("Toyama", "富山県", "도야마현"),
        "43": ("Wakayama", "和歌山県", "와카야마현"),
        "44": ("Yamagata", "山形県", "야마가타현"),
        "45": ("Yamaguchi", "山口県", "야마구치현"),
        "46": ("Yamanashi", "山梨県", "야마나시현"),
        "47": ("Okinawa", "沖縄県", "오키나와현"),
    },
    "KOR": {
        "01": ("Jeju", "済州道", "제주도"),
        "03": ("North Jeolla", "全羅北道", "전라북도"),
        "05": ("North Chungcheong", "忠清北道", "충청북도"),
        "06": ("Gangwon", "江原道", "강원도"),
        "10": ("Busan", "釜山", "부산"),
        "11": ("Seoul", "ソウル", "서울"),
        "12": ("Incheon", "仁川", "인천"),
        "13": ("Gyeonggi", "京畿道", "경기도"),
        "14": ("North Gyeongsang", "慶尚北道", "경상북도"),
        "15": ("Daegu", "大邱", "대구"),
        "16": ("South Jeolla", "全羅南道", "전라남도"),
        "17": ("South Chungcheong", "忠清南道", "충청남도"),
        "18": ("Gwangju", "光州", "광주"),
        "19": ("Daejeon", "大田", "대전"),
        "20": ("South Gyeongsang", "慶尚南道", "경상남도"),
        "21": ("Ulsan", "蔚山", "울산"),
        "22": ("Sejong", "世宗", "세종"),
    },
    "CHN": {
        "05": ("Jilin", "吉林省", "지린성"),
        "08": ("Heilongjiang", "黒竜江省", "헤이룽장성"),
        "19": ("Liaoning", "遼寧省", "랴오닝성"),
        "25": ("Shandong", "山東省", "산둥성"),
    },
    "RUS": {
        "30": ("Khabarovsk", "ハバロフスク地方", "하바롭스크 지방"),
        "59": ("Primorye", "沿海地方", "연해주"),
        "64": ("Sakhalin", "サハリン州", "사할린주"),
    },
}
"""First-level districts by state and GeoNames' code, in three languages; of China and Russia the near ones."""

PRK_DISTRICTS = {
    "Chagang": ("慈江道", "자강도"),
    "South Hamgyong": ("咸鏡南道", "함경남도"),
    "South Hwanghae": ("黄海南道", "황해남도"),
    "North Hwanghae": ("黄海北道", "황해북도"),
    "Kangwon": ("江原道", "강원도"),
    "North Pyongan": ("平安北道", "평안북도"),
    "Ryanggang": ("両江道", "량강도"),
    "South Pyongan": ("平安南道", "평안남도"),
    "North Hamgyong": ("咸鏡北道", "함경북도"),
    "Pyongyang": ("平壌", "평양"),
    "Nampo": ("南浦", "남포"),
    "Rason": ("羅先", "라선"),
    "Kaesong": ("開城", "개성"),
}

ISLANDS = {
    "Okushiri Island": (139.49, 42.15, "Okushiri;奥尻島;오쿠시리섬;오쿠시리", 8.0),
    "Oshima-Oshima": (139.36, 41.51, "Oshima;Oshima Island;Oshima-oshima;渡島大島;오시마섬;오시마오시마", 3.0),
    "Rishiri": (141.24, 45.18, "Rishiri Island;利尻島;리시리섬", 6.0),
    "Rebun": (141.03, 45.38, "Rebun Island;礼文島;레분섬", 6.0),
    "Sado": (138.37, 38.04, "Sado Island;Sadogashima;佐渡島;佐渡;사도섬", 15.0),
    "Oki Dogo": (133.27, 36.25, "Dogo;Dogo Island;Oki Islands;Oki;島後;隠岐;隠岐諸島;隠岐島;오키섬;오키제도", 8.0),
    "Tsushima": (129.33, 34.40, "Tsushima Island;対馬;쓰시마;대마도", 15.0),
    "Ulleungdo": (130.87, 37.50, "Ulleung;Ulleung Island;鬱陵島;울릉도", 4.0),
    "Jeju Island": (126.55, 33.38, "Jeju;Cheju;濟州島;済州島;제주도", 20.0),
}
"""Islands that reports measure from: a point inside, other names, radius in km."""

MORE_ISLANDS = {
    "Iki Island": ("JPN", 129.70, 33.78, "Ikinoshima;壱岐;壱岐島;이키섬", 6.0),
    "Fukue Island": ("JPN", 128.75, 32.70, "Fukue;Goto Islands;福江島;五島列島;후쿠에섬;고토열도", 12.0),
    "Yakushima": ("JPN", 130.52, 30.34, "Yakushima Island;屋久島;야쿠시마", 10.0),
    "Tanegashima": ("JPN", 130.98, 30.60, "Tanegashima Island;種子島;다네가시마", 15.0),
    "Amami Oshima": ("JPN", 129.40, 28.30, "奄美大島;아마미오시마", 15.0),
    "Okinawa Island": ("JPN", 127.95, 26.45, "沖縄本島;오키나와섬", 30.0),
    "Miyako Island": ("JPN", 125.32, 24.78, "Miyakojima;宮古島;미야코섬", 8.0),
    "Ishigaki Island": ("JPN", 124.19, 24.42, "Ishigaki;石垣島;이시가키섬", 8.0),
    "Yonaguni": ("JPN", 122.99, 24.45, "Yonaguni Island;与那国島;요나구니섬", 4.0),
    "Hachijojima": ("JPN", 139.79, 33.11, "Hachijo;Hachijo Island;八丈島;하치조섬", 5.0),
    "Izu Oshima": ("JPN", 139.40, 34.73, "伊豆大島;이즈오시마", 5.0),
    "Chichijima": (
        "JPN",
        142.20,
        27.07,
        "Ogasawara;Ogasawara Islands;父島;小笠原諸島;小笠原;지치섬;오가사와라제도",
        4.0,
    ),
    "Iwo Jima": ("JPN", 141.30, 24.78, "Iwoto;Ioto;硫黄島;이오섬", 4.0),
    "Baengnyeongdo": ("KOR", 124.68, 37.96, "Baengnyeong;Baengnyeong Island;白翎島;ペンニョン島;백령도", 5.0),
    "Geojedo": ("KOR", 128.62, 34.87, "Geoje Island;巨済島;거제도", 12.0),
    "Jindo": ("KOR", 126.26, 34.47, "Jindo Island;珍島;진도", 10.0),
}
"""Further islands: state, where to look, other names, radius in km; what Natural Earth lacks stays as typed."""

CAPES = (
    ("Hegura-jima", "Hegurajima;Hegura Island;舳倉島;헤구라섬", 37.85, 136.92, 3.0, FROM_PAGE + "舳倉島"),
    ("Oga Peninsula", "Oga;男鹿半島;오가반도", 39.90, 139.77, 10.0, FROM_PAGE + "男鹿半島"),
    ("Noto Peninsula", "Noto;能登半島;노토반도", 37.30, 136.95, 25.0, FROM_PAGE + "能登半島"),
    ("Shakotan Peninsula", "Shakotan;積丹半島;샤코탄반도", 43.25, 140.45, 12.0, FROM_PAGE + "積丹半島"),
    ("Cape Erimo", "Erimo;襟裳岬;에리모곶;에리모미사키", 41.925, 143.245, 3.0, FROM_PAGE + "襟裳岬"),
    ("Oshima Peninsula", "渡島半島;오시마반도", 42.0, 140.3, 35.0, FROM_KNOWLEDGE),
    ("Matsumae Peninsula", "松前半島;마쓰마에반도", 41.55, 140.15, 15.0, FROM_KNOWLEDGE),
    ("Tsugaru Peninsula", "津軽半島;쓰가루반도", 41.05, 140.45, 20.0, FROM_KNOWLEDGE),
    ("Shimokita Peninsula", "下北半島;시모키타반도", 41.25, 141.15, 20.0, FROM_KNOWLEDGE),
    ("Shiretoko Peninsula", "Shiretoko;知床半島;시레토코반도", 44.10, 145.15, 20.0, FROM_KNOWLEDGE),
    ("Tango Peninsula", "丹後半島;단고반도", 35.70, 135.20, 10.0, FROM_KNOWLEDGE),
    ("Shimane Peninsula", "島根半島;시마네반도", 35.53, 133.00, 25.0, FROM_KNOWLEDGE),
    ("Izu Peninsula", "伊豆半島;이즈반도", 34.88, 138.95, 20.0, FROM_KNOWLEDGE),
    ("Boso Peninsula", "房総半島;보소반도", 35.20, 140.10, 30.0, FROM_KNOWLEDGE),
    ("Kii Peninsula", "紀伊半島;기이반도", 33.95, 135.85, 45.0, FROM_KNOWLEDGE),
    ("Osumi Peninsula", "大隅半島;오스미반도", 31.25, 130.85, 20.0, FROM_KNOWLEDGE),
    ("Tobishima", "飛島;도비시마", 39.19, 139.55, 3.0, FROM_KNOWLEDGE),
    ("Awashima", "粟島;아와시마", 38.46, 139.25, 3.0, FROM_KNOWLEDGE),
    ("Mishima", "Mishima Island;見島;미시마", 34.77, 131.15, 3.0, FROM_KNOWLEDGE),
    ("Minamitorishima", "Minami-Torishima;Marcus Island;南鳥島;미나미토리섬", 24.29, 153.98, 3.0, FROM_KNOWLEDGE),
    ("Cape Soya", "宗谷岬;소야곶;소야미사키", 45.52, 141.94, 3.0, FROM_KNOWLEDGE),
    ("Cape Tappi", "竜飛崎;龍飛崎;닷피곶", 41.26, 140.34, 3.0, FROM_KNOWLEDGE),
    ("Cape Nosappu", "納沙布岬;노삿푸곶", 43.385, 145.82, 3.0, FROM_KNOWLEDGE),
    ("Cape Inubo", "犬吠埼;이누보곶", 35.71, 140.87, 3.0, FROM_KNOWLEDGE),
    ("Cape Shiono", "潮岬;시오노미사키", 33.44, 135.76, 3.0, FROM_KNOWLEDGE),
    ("Cape Muroto", "室戸岬;무로토곶", 33.25, 134.18, 3.0, FROM_KNOWLEDGE),
    ("Cape Ashizuri", "足摺岬;아시즈리곶", 32.72, 133.02, 3.0, FROM_KNOWLEDGE),
    ("Cape Sata", "佐多岬;사타곶", 30.99, 130.66, 3.0, FROM_KNOWLEDGE),
    (
        "Yeonpyeongdo",
        "Yeonpyeong;Yeonpyeong Island;延坪島;ヨンピョン島;연평도",
        37.67,
        125.70,
        4.0,
        FROM_KNOWLEDGE,
    ),
    ("Guam", "Guam Island;グアム;グアム島;괌;괌섬", 13.45, 144.78, 20.0, FROM_KNOWLEDGE),
)
"""Capes, peninsulas and small islands: other names, latitude, longitude, radius in km, source."""

CAPE_STATES = {"Yeonpyeongdo": "KOR", "Guam": "USA"}
"""States of those that are not Japan's."""

PLACES_BY_NAME = {
    "Vladivostok": ("RUS", "RU", "59", "ウラジオストク;블라디보스토크"),
    "Nakhodka": ("RUS", "RU", "59", "ナホトカ;나홋카"),
    "Dandong": ("CHN", "CN", "19", "丹東;丹东;단둥"),
    "Dalian": ("CHN", "CN", "19", "大連;大连;다롄"),
    "Hunchun": ("CHN", "CN", "05", "琿春;珲春;훈춘"),
    "Gangneung": ("KOR", "KR", "06", "Kangnung;江陵;강릉;강릉시"),
    "Sokcho": ("KOR", "KR", "06", "束草;속초"),
    "Hakodate": ("JPN", "JP", "12", "函館;하코다테"),
    "Wakkanai": ("JPN", "JP", "12", "稚内;왓카나이"),
}
"""Towns taken from GeoNames by name though small or of other states: state, GeoNames' codes, other names."""

TYPED = (
    ("Taechon", "Thaechon;Taecheon;태천;태천읍;泰川;テチョン", 39.93, 125.46, 15.0, "county", "North Pyongan"),
    ("Tongrim", "Dongrim;Tongnim;동림;동림군;東林;トンリム", 39.82, 124.72, 15.0, "county", "North Pyongan"),
)
"""Counties of North Korea that no table here has, with positions from knowledge."""

CAPITALS_OF_NAMES = {"Uiju": "Uiju launch place"}
"""Catalogued rows that stand apart from the town whose name they bear keep it as an alias only."""

KOREAN_NAMES = {
    "Akita": "아키타",
    "Niigata": "니가타",
    "Kanazawa": "가나자와",
    "Sapporo": "삿포로",
    "Asahikawa": "아사히카와",
    "Sendai": "센다이",
    "Iwaki": "이와키",
    "Toyama": "도야마",
    "Fukuoka": "후쿠오카",
    "Nagasaki": "나가사키",
    "Sasebo": "사세보",
    "Kagoshima": "가고시마",
    "Miyazaki": "미야자키",
    "Kochi": "고치",
    "Tokyo": "도쿄",
    "Osaka": "오사카",
    "Nagoya": "나고야",
    "Hiroshima": "히로시마",
    "Kitakyushu": "기타큐슈",
    "Yokohama": "요코하마",
    "Kobe": "고베",
    "Kyoto": "교토",
    "Naha": "나하",
}
"""Korean names of large places of Japan, which GeoNames writes with a space before 'city' or not at all."""
