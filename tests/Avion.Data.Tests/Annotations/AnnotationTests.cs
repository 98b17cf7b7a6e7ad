namespace Avion.Data.Tests;

public sealed class AnnotationTests
{
    private const string EpicHeader =
        "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame,narration,"
        + "verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n";

    [Fact]
    public void Csv_columns_are_found_by_name_and_rows_of_one_clip_are_its_captions()
    {
        const string content = """"
            end,Caption,VIDEO,start,other
            3.5,"a cup, ""red""",v1,1,x
            3.5,cup,v1,1.0,x
            00:01:02.50,"two
            lines",v2,1:00,x
            """";
        ClipTable table = Write("a.csv", content, CaptionCsv.Read);
        Assert.Equal(2, table.Count);
        Assert.Equal(["v1", "v2"], table.Videos);
        Assert.Equal(new ClipRow(0, new ClipSpan(1, 3.5), 0, 2), table[0]);
        Assert.Equal(new ClipRow(1, new ClipSpan(60, 62.5), 2, 1), table[1]);
        Assert.Equal("a cup, \"red\"", table.Captions.Text(0));
        Assert.Equal("two\nlines", table.Captions.Text(2));
    }

    [Fact]
    public void Csv_with_labels_keeps_them()
    {
        ClipTable table = Write("a.csv", "video,label\nv1,3\nv1,4\n", CaptionCsv.Read);
        Assert.Equal(2, table.Count);
        Assert.True(table[1].Span.IsWhole);
        Assert.Equal(4, table.LabelsOf(1)[0]);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a,b\n1,2\n", "line 1")]
    [InlineData("video,start,end,caption\n", "no clips")]
    [InlineData("video,start,end,caption\nv,1,2,a\nv,x,2,a\n", "line 3: got 'x'")]
    [InlineData("video,start,end,caption\nv,3,2,a\n", "line 2, fields 'start' and 'end': got 3 to 2 s")]
    [InlineData("video,start,end,caption\nv,1\n", "line 2: got '2 fields'")]
    [InlineData("video,start,end,caption\n,1,2,a\n", "line 2")]
    [InlineData("video,label\nv,3\nw,-1\n", "line 3, field 'label': got the class '-1'")]
    [InlineData("video,label\nv,3\nw,\n", "line 3, field 'label': got nothing")]
    public void Wrong_csv_files_give_one_message_with_file_and_line(string content, string message)
    {
        DataException error = Assert.Throws<DataException>(() => Write("wrong.csv", content, CaptionCsv.Read));
        Assert.Contains(message, error.Message);
        Assert.Contains("wrong.csv", error.Message);
    }

    [Fact]
    public void Json_lines_take_one_or_several_captions()
    {
        ClipTable table = Write(
            "a.jsonl",
            "{\"video\":\"v1\",\"start\":1.5,\"end\":\"00:00:03\",\"caption\":[\"a\",\"b\"],\"more\":{\"x\":[1]}}\n\n{\"caption\":\"é\",\"video\":\"v2\"}\n",
            CaptionJsonLines.Read);
        Assert.Equal(new ClipRow(0, new ClipSpan(1.5, 3), 0, 2), table[0]);
        Assert.True(table[1].Span.IsWhole);
        Assert.Equal("é", table.Captions.Text(2));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{\"video\":\"v\",\"caption\":\"a\"}\nnonsense\n", "line 2")]
    [InlineData("{\"video\":\"v\"\n", "line 1")]
    [InlineData("{\"caption\":\"a\"}\n", "line 1")]
    [InlineData("[1]\n", "line 1")]
    [InlineData("{\"video\":\"v\",\"caption\":5}\n", "line 1")]
    [InlineData("{\"video\":\"v\",\"caption\":\"a\",\"start\":\"late\",\"end\":5}\n", "late")]
    [InlineData("{\"video\":\"v\",\"label\":1}\n{\"video\":\"v\",\"label\":[1,2]}\n", "line 2: got '2 labels'")]
    public void Wrong_json_lines_give_one_message_with_file_and_line(string content, string message)
    {
        DataException error = Assert.Throws<DataException>(() => Write("wrong.jsonl", content, CaptionJsonLines.Read));
        Assert.Contains(message, error.Message);
        Assert.Contains("wrong.jsonl", error.Message);
    }

    [Fact]
    public void Epic_kitchens_actions_are_numbered_in_text_order()
    {
        string content = EpicHeader
            + "P01_11_0,P01,P01_11,00:00:00.5,00:00:01.00,00:00:02.50,60,150,take plate,take,1,plate,0,['plate'],[0]\n"
            + "P01_11_1,P01,P01_11,00:00:00.5,00:01:01.00,00:01:02.50,60,150,\"put, down\",put,10,plate,0,['plate'],[0]\n"
            + "P01_11_2,P01,P01_11,00:00:00.5,00:01:01.00,00:01:02.50,60,150,x,put,1,y,10,['plate'],[0]\n";
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("EPIC.csv"), content);
        EpicKitchensClasses classes = EpicKitchensClasses.Read(folder.File("EPIC.csv"));

        // "10:0" < "1:0" < "1:10" in ordinal order, since ':' comes after the digits.
        Assert.Equal(["10:0", "1:0", "1:10"], classes.Actions.Names);
        Assert.Equal([10, 1, 1], classes.VerbOfAction.ToArray());
        Assert.Equal([0, 0, 10], classes.NounOfAction.ToArray());
        Assert.Equal((11, 11), (classes.Verbs.Count, classes.Nouns.Count));
        ClipTable table = EpicKitchens.Read(folder.File("EPIC.csv"));
        Assert.Equal(["verb", "noun", "action"], table.Classes.Select(list => list.Label));
        Assert.Equal(["P01/P01_11"], table.Videos);
        Assert.Equal(new ClipSpan(61, 62.5), table[1].Span);
        Assert.Equal([10, 0, 0], table.LabelsOf(1).ToArray());
        Assert.Equal("put, down", table.Captions.Text(table[1].FirstCaption));
        Assert.Equal(["P01_11_0", "P01_11_1", "P01_11_2"], EpicKitchens.ReadNarrationIds(folder.File("EPIC.csv")));
    }

    [Fact]
    public void Kinetics_lists_have_two_or_three_fields_and_paths_with_spaces()
    {
        ClipTable table = Write("k.txt", "abc_000001 300 17\nsome folder/def.mp4 5\n12345 7\na b 9 250 3\nx,100,4\n", KineticsList.Read);
        Assert.Equal(["abc_000001", "some folder/def.mp4", "12345", "a b 9", "x"], table.Videos);
        Assert.Equal([17, 5, 7, 3, 4], Enumerable.Range(0, 5).Select(i => table.LabelsOf(i)[0]));
        Assert.Contains("line 2", Assert.Throws<DataException>(() => Write("k.txt", "a 1\nonlyname\n", KineticsList.Read)).Message);
    }

    [Fact]
    public void A_missing_file_is_one_sentence()
    {
        Assert.Contains("/nowhere/a.csv", Assert.Throws<DataException>(() => CaptionCsv.Read("/nowhere/a.csv")).Message);
        Assert.Contains("/nowhere/a.jsonl", Assert.Throws<DataException>(() => CaptionJsonLines.Read("/nowhere/a.jsonl")).Message);
        Assert.Contains("/nowhere/a.txt", Assert.Throws<DataException>(() => KineticsList.Read("/nowhere/a.txt")).Message);
    }

    [Fact]
    public void Captions_keep_their_bytes_over_many_blocks()
    {
        CaptionStore store = new();
        for (int i = 0; i < 60_000; i++)
        {
            Assert.Equal(i, store.Add($"caption number {i} of a long list of captions, größer"));
        }

        Assert.Equal("caption number 59999 of a long list of captions, größer", store.Text(59_999));
        Assert.Equal("caption number 20000 of a long list of captions, größer", store.Text(20_000));
        Assert.Throws<DataException>(() => store.Add(new byte[1 << 20]));
    }

    private static ClipTable Write(string name, string content, System.Func<string, ClipTable> read)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File(name), content);
        return read(folder.File(name));
    }
}
