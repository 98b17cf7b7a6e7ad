namespace Avion.Data.Tests;

/// <summary>Published forms are known by their content and give the clips that they mean.</summary>
public sealed class AnnotationFormsTests : IDisposable
{
    private static readonly AnnotationOptions s_options = new() { CacheFolder = "" };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EgoHOD_lists_its_captions_as_Python_does()
    {
        const string content = """
            video_id,start_second,end_second,text,dataset,uid
            v1,1.5,3,"['#C C cuts, slowly', ""it's done"", 'a\'b\n\u00e9']",ego4d,u1
            v2,0,2,#C C waits,howto,u2
            v3,0,2,[],howto,u2
            """;
        ClipTable table = Read("hod.csv", content);
        Assert.Equal(new ClipRow(0, new ClipSpan(1.5, 3), 0, 3), table[0]);
        Assert.Equal(["#C C cuts, slowly", "it's done", "a'b\né", "#C C waits"], Enumerable.Range(0, 4).Select(table.Captions.Text));
        Assert.Contains("1 captions without words (the first at line 4", table.Notes[0]);
        foreach (string wrong in new[] { "['a'", "['a' 'b']", "[a]", "['a\\x']", "['a\\ud800']" })
        {
            string row = $"v,0,2,\"{wrong.Replace("]", "")}]\"";
            Assert.Contains("line 2", Assert.Throws<DataException>(() => Read("x.csv", $"video_id,start_second,end_second,text\n{row}]\n")).Message);
        }
    }

    [Fact]
    public void EgoClip_is_cut_at_tabs_whatever_its_ending()
    {
        ClipTable table = Read("egoclip.csv", "clip_idx\tvideo_uid\tclip_start\tclip_end\tclip_text\tnoun\n0\tv\t1\t2.5\t#C C says \"go\", twice\t['a']\n");
        Assert.Equal(new ClipSpan(1, 2.5), table[0].Span);
        Assert.Equal("#C C says \"go\", twice", table.Captions.Text(0));
    }

    [Theory]
    [InlineData("train.csv", "a/b c.mp4 5\nx.mp4 0\n")]
    [InlineData("train.csv", "a/b c.mp4,5\nx.mp4,0\n")]
    [InlineData("train.txt", "a/b c.mp4 300 5\nx.mp4 20 0\n")]
    [InlineData("ssv2.list", "a/b c.mp4 300 5\r\nx.mp4 20 0\r\n")]
    public void Lists_of_VideoMAE_are_known_without_a_header(string name, string content)
    {
        ClipTable table = Read(name, content);
        Assert.Equal(["a/b c.mp4", "x.mp4"], table.Videos);
        Assert.Equal([5, 0], [table.LabelsOf(0)[0], table.LabelsOf(1)[0]]);
        Assert.Equal(6, table.Classes[0].Count);
    }

    [Fact]
    public void Lists_of_VideoMAE_2_to_pretrain_on_have_no_labels()
    {
        ClipTable table = Read("k400.txt", "k400/a.mp4 0 -1\nssv2/1234 1 120\n");
        Assert.Equal(["k400/a.mp4", "ssv2/1234"], table.Videos);
        Assert.Equal(0, table.LabelCount);
        Assert.Contains("line 2", Assert.Throws<DataException>(() => Read("x.txt", "a.mp4 3\nb.mp4 -3\n")).Message);
        Assert.Contains("line 1", Assert.Throws<DataException>(() => Read("x.txt", "a.mp4 -1\n")).Message);
        Assert.Contains("line 1", Assert.Throws<DataException>(() => Read("x.txt", "a.mp4 9999999\n")).Message);
    }

    [Fact]
    public void Weights_of_ones_own_are_heeded()
    {
        ClipTable csv = Read("a.csv", "video,caption,weight\nv,a,3\nv,b,1\n"), json = Read("a.jsonl", "{\"video\":\"v\",\"caption\":[\"a\",\"b\"],\"weight\":[3,1]}\n");
        foreach (ClipTable table in new[] { csv, json })
        {
            Assert.Equal((2, 3f, 1f), (table[0].CaptionCount, table.WeightOf(0), table.WeightOf(1)));
            int first = 0;
            for (ulong stream = 0; stream < 4000; stream++)
            {
                CounterRandom random = new(2, stream);
                first += table.DrawCaption(0, ref random) == 0 ? 1 : 0;
            }

            Assert.InRange(first, 2850, 3150);
        }

        Assert.Contains("'weight'", Assert.Throws<DataException>(() => Read("b.csv", "video,caption,weight\nv,a,-1\n")).Message);
        Assert.Contains("'weight'", Assert.Throws<DataException>(() => Read("b.jsonl", "{\"video\":\"v\",\"caption\":[\"a\"],\"weight\":[1,2]}\n")).Message);
    }

    [Theory]
    [InlineData("a.csv", "")]
    [InlineData("a.csv", "\n\n")]
    [InlineData("a.txt", "")]
    [InlineData("a.jsonl", "")]
    [InlineData("a.pkl", "")]
    [InlineData("a.json", "{}")]
    [InlineData("a", "x")]
    public void Empty_and_unknown_files_are_one_sentence(string name, string content) =>
        Assert.Contains(name, Assert.Throws<DataException>(() => Read(name, content)).Message);

    [Theory]
    [InlineData("12.5", 12.5)]
    [InlineData(" 3 ", 3)]
    [InlineData("0.1", 0.1)]
    [InlineData("123456.789012345678", 123456.789012345678)]
    [InlineData("1e2", 100)]
    [InlineData("00:01:02.50", 62.5)]
    [InlineData("1:02.125", 62.125)]
    [InlineData("1:00:00", 3600)]
    public void Times_are_read_to_the_last_bit(string text, double seconds) =>
        Assert.Equal(new ClipSpan(0, seconds), Read("a.csv", $"video,start,end,caption\nv,0,{text},a\n")[0].Span);

    [Fact]
    public void Short_decimals_are_those_that_parsing_gives()
    {
        Random random = new(5);
        for (int i = 0; i < 20_000; i++)
        {
            string text = (random.NextDouble() * Math.Pow(10, random.Next(6))).ToString($"F{random.Next(10)}", CultureInfo.InvariantCulture);
            Assert.True(TimeText.TryParse(Encoding.ASCII.GetBytes(text), out double seconds));
            Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), seconds);
        }
    }

    private ClipTable Read(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        return ClipAnnotations.Read(_folder.File(name), s_options);
    }
}
