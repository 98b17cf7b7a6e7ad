namespace Avion.Data.Tests;

/// <summary>What cannot be read is refused with the count of its kind; what is useless is left out and told, up to a bound.</summary>
public sealed class AnnotationFaultsTests : IDisposable
{
    private const string Header = "video,start,end,caption\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("v,x,2,a", "field 'start'")]
    [InlineData("v,1,,a", "field 'end'")]
    [InlineData("v,NaN,2,a", "field 'start'")]
    [InlineData("v,1,Infinity,a", "field 'end'")]
    [InlineData("v,1,1e300,a", "100 hours")]
    [InlineData("v,1700000000,1700000003,a", "100 hours")]
    [InlineData("v,00:99:05,2,a", "field 'start'")]
    [InlineData("v,-00:00:01,2,a", "field 'start'")]
    [InlineData("v,1:2:3:4,2,a", "field 'start'")]
    [InlineData("v,1.5:00,2,a", "field 'start'")]
    [InlineData(",1,2,a", "name of a video")]
    [InlineData("v,1,2", "3 fields")]
    [InlineData("v,1,2,a,b", "5 fields")]
    public void A_row_that_cannot_be_read_refuses_the_file_and_the_others_are_counted(string row, string message)
    {
        string path = Write("x.csv", $"{Header}v,0,1,a\n{row}\nv,1,2,b\n{row}\n{row}\n");
        AssertRefused(() => CaptionCsv.Read(path), "x.csv", "line 3", message, "2 more faults", "line 5");
        AssertRefused(() => CaptionCsv.Read(Write("y.csv", $"{Header}{row}\n")), "y.csv", "line 2", message);
    }

    [Theory]
    [InlineData("v,3,3,a", "1 clips of no length (the first at line 3, fields 'start' and 'end': got 3 to 3 s)")]
    [InlineData("v,3,2.9995,a", "of no length")]
    [InlineData("v,3,2,a", "1 clips that end before they begin (the first at line 3, fields 'start' and 'end': got 3 to 2 s)")]
    [InlineData("v,-1,2,a", "1 clips that begin before their video (the first at line 3")]
    [InlineData("v,1,2,", "1 captions without words (the first at line 3, field 'caption'")]
    [InlineData("v,1,2, \t ", "captions without words")]
    [InlineData("v,1,2,\u3000", "captions without words")]
    public void A_useless_row_is_left_out_and_told(string row, string message)
    {
        ClipTable table = CaptionCsv.Read(Write("x.csv", $"{Header}v,0,1,a\n{row}\nw,1,2,b\n"));
        Assert.Equal(["v", "w"], Enumerable.Range(0, table.Count).Select(clip => table.Videos[table[clip].Video]));
        Assert.Equal((2, "line 4"), (table.Captions.Count, table.PlaceOf(1)));
        Assert.Contains(message, Assert.Single(table.Notes));
    }

    [Fact]
    public void Useless_rows_are_too_many_above_two_in_a_hundred_and_twenty()
    {
        string good = string.Concat(Enumerable.Range(0, 1000).Select(i => $"v,{i},{i + 1},a\n"));
        string twenty = string.Concat(Enumerable.Repeat("v,3,2,a\n", 20)), few = string.Concat(Enumerable.Range(0, 30).Select(i => $"v,{i},{i + 1},a\n"));
        Assert.Equal(30, CaptionCsv.Read(Write("a.csv", Header + few + twenty)).Count);
        AssertRefused(() => CaptionCsv.Read(Write("b.csv", Header + few + twenty + "v,3,2,a\n")), "b.csv", "21 clips that end before", "line 32");
        Assert.Equal(1000, CaptionCsv.Read(Write("c.csv", Header + good + twenty)).Count);
        AssertRefused(() => CaptionCsv.Read(Write("d.csv", Header + good + twenty + twenty)), "d.csv", "40 clips");
        AssertRefused(() => CaptionCsv.Read(Write("e.csv", $"{Header}v,3,2,a\n")), "e.csv", "line 2", "got 3 to 2 s");
    }

    [Fact]
    public void Rows_known_by_number_are_kept_and_told_or_refused()
    {
        const string Epic = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame,"
            + "narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n";
        string Row(string start, string end) => $"P01_11_0,P01,P01_11,0,{start},{end},60,150,take plate,take,1,plate,0,['plate'],[0]\n";
        ClipTable table = EpicKitchens.Read(Write("a.csv", Epic + Row("0", "1") + Row("00:00:02.50", "00:00:02.50") + Row("2", "4")));
        Assert.Equal(3, table.Count);
        Assert.Contains("kept are 1 clips of no length (the first at line 3", table.Notes[0]);
        AssertRefused(() => EpicKitchens.Read(Write("b.csv", Epic + Row("0", "1") + Row("3", "2"))), "b.csv", "line 3", "'start' and 'end'");
    }

    [Fact]
    public void A_column_that_stands_twice_is_refused_if_it_is_read()
    {
        AssertRefused(() => CaptionCsv.Read(Write("a.csv", "video,caption,Caption\nv,a,b\n")), "a.csv", "line 1", "'Caption'", "twice");
        Assert.Equal(1, CaptionCsv.Read(Write("b.csv", "video,caption,other,other\nv,a,b,c\n")).Count);
        AssertRefused(() => CaptionJsonLines.Read(Write("a.jsonl", "{\"video\":\"v\",\"caption\":\"a\",\"caption\":\"b\"}\n")), "line 1", "'caption'", "twice");
    }

    [Theory]
    [InlineData("video;start;end;label\nv;0;1;a\n", "the separator looks like ';'")]
    [InlineData("video | label\nv | a\n", "the separator looks like '|'")]
    [InlineData("video,Class\nv,a\n", "name the column of captions 'caption', or that of classes 'label'")]
    [InlineData("file,label\nv,a\n", "name the column of video files 'video'")]
    [InlineData("v.mp4,open\nw.mp4,shut\n", "no column has such a name: give the file a header")]
    public void A_header_that_lacks_a_column_is_refused_with_what_is_likely_wrong(string content, string hint)
    {
        string path = Write("x.csv", content);
        AssertRefused(() => ClipAnnotations.Read(path, new() { Use = AnnotationUse.Labels }), "x.csv", "line 1", "caption or label", hint);
    }

    [Fact]
    public void Pickled_items_follow_the_same_rule()
    {
        AssertRefused(() => NarrationPickle.Read(Write("a.pkl", "]((VvG@\n")), "a.pkl");
        string Item(string start, string end) => $"(Vv\nF{start}\nF{end}\nVa\nt";
        AssertRefused(() => NarrationPickle.Read(Write("b.pkl", $"]({Item("0", "1")}{Item("0", "nan")}{Item("0", "1")}{Item("inf", "3")}e.")),
            "b.pkl", "item 1", "'end'", "1 more", "item 3");
        ClipTable table = NarrationPickle.Read(Write("c.pkl", $"]({Item("0", "1")}{Item("-2", "1")}{Item("4", "5")}e."));
        Assert.Equal((2, "item 2"), (table.Count, table.PlaceOf(1)));
        Assert.Contains("begin before their video (the first at item 1", table.Notes[0]);
    }

    [Fact]
    public void Clips_without_captions_are_left_out_and_told_where_captions_are_used()
    {
        string path = Write("x.csv", "video,label,caption\na,1,one\nb,2,\nc,3,three\n");
        Assert.Equal(3, ClipAnnotations.Read(path, new() { Use = AnnotationUse.Labels }).Count);
        ClipTable table = ClipAnnotations.Read(path, new() { Use = AnnotationUse.Captions });
        Assert.Equal(["a", "c"], table.Videos);
        Assert.Equal("three", table.Captions.Text(table[1].FirstCaption));
        Assert.Contains("1 of 3 clips have no caption", table.Notes[0]);
    }

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        return _folder.File(name);
    }

    private static void AssertRefused(Action read, params string[] parts)
    {
        string message = Assert.Throws<DataException>(read).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }
}
