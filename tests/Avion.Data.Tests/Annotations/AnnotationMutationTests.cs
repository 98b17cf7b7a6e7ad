namespace Avion.Data.Tests;

/// <summary>Damaged annotations are refused or read; nothing else happens, soon and in bounded memory.</summary>
public sealed class AnnotationMutationTests : IDisposable
{
    private const string Epic = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame,"
        + "narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n"
        + "P01_11_0,P01,P01_11,00:00:00.5,00:00:01.00,00:00:02.50,60,150,take plate,take,1,plate,0,['plate'],[0]\n"
        + "P01_11_1,P01,P01_11,00:00:00.5,00:01:01.00,00:01:02.50,60,150,\"put, down\",put,10,plate,0,\"['plate', 'cup']\",\"[0, 1]\"\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_csv() => Try(path => CaptionCsv.Read(path), "x.csv",
        "video,start,end,caption\na,0,1.5,\"one, \"\"two\"\"\nthree\"\nb,00:01:02.5,00:02:00,caf\u00e9 \U0001F600\n",
        "label,video\n3,a b\n4,\"c\"\n");

    [Fact]
    public void Damaged_tsv() => Try(path => CaptionCsv.Read(path), "x.tsv", "video\tcaption\na\t\"one\nb\ttwo \u00e9\n");

    [Fact]
    public void Damaged_json_lines() => Try(path => CaptionJsonLines.Read(path), "x.jsonl",
        "{\"video\":\"a\",\"start\":1.5,\"end\":\"00:00:03\",\"caption\":[\"a\",\"\\ud83d\\ude00 \u00e9\"],\"more\":{\"x\":[1]}}\n"
            + "{\"caption\":\"b\",\"video\":\"v2\"}\n",
        "{\"video\":\"v\",\"label\":[1,2]}\n{\"video\":\"w\",\"label\":[3,4],\"caption\":\"c\"}\n");

    [Fact]
    public void Damaged_lists() => Try(path => KineticsList.Read(path), "x.txt", "abc_01 300 17\nsome folder/d\u00e9f.mp4 5\n12345 7\nx,100,4\n");

    [Fact]
    public void Damaged_epic_kitchens_files() => Try(path => EpicKitchens.Read(path), "x.csv", Epic);

    [Theory]
    [InlineData("4294967", 10)]
    [InlineData("2000000000", 12)]
    public void A_class_beyond_any_data_set_costs_no_memory(string number, int column)
    {
        string[] fields = new string[15];
        Array.Fill(fields, "0");
        (fields[4], fields[5], fields[8], fields[column]) = ("00:00:01.00", "00:00:02.00", "take plate", number);
        string path = _folder.File("x.csv");
        File.WriteAllText(path, Epic.Split((char)10)[0] + "\n" + string.Join(",", fields) + "\n");
        long before = GC.GetAllocatedBytesForCurrentThread();
        DataException error = Assert.Throws<DataException>(() => EpicKitchens.Read(path));
        Assert.Contains("a class number from 0 to 1048575", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L << 20);
    }

    [Theory]
    [InlineData("narrations")]
    [InlineData("matrix")]
    public void Damaged_pickles(string kind)
    {
        string path = _folder.File("x.pkl");
        byte[][] files = [.. Enumerable.Range(0, 6).Select(protocol =>
            File.ReadAllBytes(Repository.Asset("data", "pickles", $"{kind}.{protocol}.pkl")))];
        Try(path, files, () =>
        {
            if (kind == "matrix")
            {
                RelevanceMatrix.Read(path);
            }
            else
            {
                NarrationPickle.Read(path);
            }
        });
    }

    [Fact]
    public void Damaged_captions_are_tokenized_all_the_same()
    {
        BytePairTrainer trainer = new();
        trainer.Add("a photo of a cup"u8);
        BytePairTokenizer tokenizer = new(BytePairVocabulary.FromMerges(trainer.Train(600)));
        byte[][] captions =
        [
            "&amp;amp;amp;lt;b&#38;#38;eacute; &#x1F600; caf\u00e9 \uFF21\uFF22 \u201Cquoted\u201D \u001b[31mred &EACUTE;"u8.ToArray(),
            "#C C picks up the knife &amp; cuts <b>bread</b> \uFB01ne e\u0301"u8.ToArray(),
        ];
        int[] tokens = new int[77];
        Mutation.Try(TimeSpan.FromSeconds(1), captions, bytes =>
        {
            if (System.Text.Unicode.Utf8.IsValid(bytes))
            {
                tokenizer.Encode(bytes, tokens);
            }
        }, error => error is DataException);
    }

    [Fact]
    public void Thousands_of_references_in_each_other_are_refused_and_hundreds_are_resolved()
    {
        BytePairTrainer trainer = new();
        trainer.Add("a photo of a cup"u8);
        BytePairTokenizer tokenizer = new(BytePairVocabulary.FromMerges(trainer.Train(600)));
        Assert.Equal(tokenizer.Encode("a & b"), tokenizer.Encode($"a &{string.Concat(Enumerable.Repeat("amp;", 500))} b"));
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        DataException error = Assert.Throws<DataException>(
            () => tokenizer.Encode($"&{string.Concat(Enumerable.Repeat("amp;", 200_000))}"));
        Assert.Contains("references in each other", error.Message);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"It took {watch.Elapsed}.");
    }

    private void Try(Action<string> read, string name, params string[] files)
    {
        string path = _folder.File(name);
        Try(path, [.. files.Select(Encoding.UTF8.GetBytes)], () => read(path));
    }

    private static void Try(string path, IReadOnlyList<byte[]> files, Action read)
    {
        int trials = Mutation.Try(TimeSpan.FromSeconds(1), files, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            read();
        }, error => error is DataException);
        Assert.True(trials > 10, $"Only {trials} files were tried.");
    }
}
