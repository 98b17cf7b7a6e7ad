namespace Avion.Data.Tests;

/// <summary>Text is never repaired: what is no text is refused with file, line and field.</summary>
public sealed class AnnotationTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_in_Latin_1_is_refused_at_its_first_letter_that_is_not_UTF_8() =>
        AssertRefused(() => CaptionCsv.Read(Repository.Asset("cases", "latin1.csv")), "latin1.csv", "line 2", "field 4 'caption'", "0xE9");

    [Fact]
    public void A_comma_without_quotes_is_refused_instead_of_cutting_the_caption() =>
        AssertRefused(() => CaptionCsv.Read(Repository.Asset("cases", "unquoted-comma.csv")), "unquoted-comma.csv", "line 2", "5 fields", "4 as in");

    [Fact]
    public void Half_of_an_emoji_is_refused_with_its_field() =>
        AssertRefused(() => CaptionJsonLines.Read(Repository.Asset("cases", "lone-surrogate.jsonl")), "lone-surrogate.jsonl", "line 1",
            "'caption'", "half of a character");

    [Theory]
    [InlineData("video,caption\na,\"b\nc,d\n", "line 2", "never closes")]
    [InlineData("video,caption\na,\"b\"c\n", "line 2", "follows the quote")]
    [InlineData("video,caption\na,b,\n", "line 2", "3 fields")]
    [InlineData("video,caption\na\n", "line 2", "1 fields")]
    [InlineData("video,caption\na,b\n\"c\nd\",e\nf,g,h\n", "line 5", "3 fields")]
    [InlineData("video,caption\na,b\0c\n", "line 2", "NUL")]
    [InlineData("video,caption,other\na,b,\xff\n", "line 2", "3 'other'")]
    [InlineData("vid\u00ffeo,caption\na,b\n", "line 1", "not UTF-8")]
    [InlineData("video,caption\na,\xed\xa0\xbd\n", "line 2", "not UTF-8")]
    [InlineData("video,caption\na\xc3,\xa9\n", "line 2", "1 'video'")]
    [InlineData("\xff\xfev\0i\0", "line 1", "UTF-16")]
    public void Csv_that_breaks_the_rules_is_refused(string latin1, string line, string message) =>
        AssertRefused(() => CaptionCsv.Read(Write("x.csv", latin1)), "x.csv", line, message);

    [Fact]
    public void Csv_keeps_what_quotes_protect()
    {
        ClipTable table = CaptionCsv.Read(Write("x.csv",
            "\xef\xbb\xbfvideo,caption\r\na,\"x, \"\"y\"\"\r\nz\"\r\n\r\nb,say \"hi\" now\r\nc,\"\"\r\nd,\xc3\xa9"));
        Assert.Equal(["x, \"y\"\r\nz", "say \"hi\" now", "é"], Enumerable.Range(0, 3).Select(table.Captions.Text));
        Assert.Equal(["a", "b", "d"], table.Videos);
        Assert.Contains("1 captions without words (the first at line 6", table.Notes[0]);
    }

    [Fact]
    public void Tsv_is_cut_at_tabs_and_its_quotes_are_letters()
    {
        ClipTable table = CaptionCsv.Read(Write("x.tsv", "video\tcaption\na\t\"one, two\nb\tsay \"hi\"\n"));
        Assert.Equal(["\"one, two", "say \"hi\""], Enumerable.Range(0, 2).Select(table.Captions.Text));
        AssertRefused(() => CaptionCsv.Read(Write("y.tsv", "video\tcaption\na\tb\tc\n")), "y.tsv", "line 2", "3 fields");
    }

    [Theory]
    [InlineData("{\"video\":\"a\xff\",\"caption\":\"b\"}", "line 1", "'video'")]
    [InlineData("{\"video\":\"a\",\"caption\":\"b\"}\n{\"video\":\"a\",\"caption\":[\"b\",\"\xe9\"]}", "line 2", "'caption'")]
    [InlineData("{\"video\":\"a\",\"caption\":\"b\",\"other\":\"\xff\"}", "line 1", "not UTF-8")]
    [InlineData("{\"video\":\"a\",\"caption\":\"b\\u0000\"}", "line 1", "NUL")]
    [InlineData("{\"video\":\"\\ude00\",\"caption\":\"b\"}", "line 1", "'video'")]
    [InlineData("{\"video\":\"a\",\"start\":\"\\ud800\",\"end\":2,\"caption\":\"b\"}", "line 1", "'start'")]
    public void Json_lines_that_hold_no_text_are_refused(string latin1, string line, string message) =>
        AssertRefused(() => CaptionJsonLines.Read(Write("x.jsonl", latin1)), "x.jsonl", line, message);

    [Theory]
    [InlineData("a 1\nb\xff 2\n", "line 2", "not UTF-8")]
    [InlineData("a\0b 1\n", "line 1", "NUL")]
    public void Kinetics_lists_that_hold_no_text_are_refused(string latin1, string line, string message) =>
        AssertRefused(() => KineticsList.Read(Write("k.txt", latin1)), "k.txt", line, message);

    [Theory]
    [InlineData("(lp0\n(Va\nF1.0\nF2.0\nV\\ud83d cut\nta.", "item 0", "half of a character")]
    [InlineData("(lp0\n(Va\nF1.0\nF2.0\nVfine\nta(Va\nF1.0\nF2.0\n(V\\u0000\nlta.", "item 1", "NUL")]
    [InlineData("]((U\u0001aK\u0001K\u0002U\u0001\xe9te.", "item 0", "no UTF-8 text")]
    [InlineData("]((U\u0001aK\u0001K\u0002X\u0003\0\0\0\xed\xa0\xbdte.", "item 0", "no UTF-8 text")]
    [InlineData("]((U\u0001\xe9K\u0001K\u0002U\u0001ate.", "item 0", "got a tuple")]
    public void Pickled_captions_that_are_no_text_are_refused(string latin1, string item, string message) =>
        AssertRefused(() => NarrationPickle.Read(Write("x.pkl", latin1)), "x.pkl", item, message);

    [Fact]
    public void Epic_kitchens_files_follow_the_same_rules()
    {
        const string Header = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame,"
            + "narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n";
        const string Good = "P01_11_0,P01,P01_11,00:00:00.5,00:00:01.00,00:00:02.50,60,150,take,take,1,plate,0,['plate'],[0]\n";
        AssertRefused(() => EpicKitchens.Read(Write("e.csv", Header + Good + Good.Replace("take,take", "put, down,take"))), "e.csv", "line 3", "16 fields");
        AssertRefused(() => EpicKitchens.Read(Write("e.csv", Header + Good.Replace("take,take", "caf\xe9,take"))), "e.csv", "line 2", "9 'narration'");
    }

    private string Write(string name, string latin1)
    {
        string path = _folder.File(name);
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(latin1));
        return path;
    }

    private static void AssertRefused(Action read, params string[] parts)
    {
        string message = Assert.Throws<DataException>(read).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }
}
