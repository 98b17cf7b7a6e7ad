namespace Avion.Data.Tests;

/// <summary>The fast reader of narrations gives what the general one gives, or leaves the file to it.</summary>
public sealed class NarrationRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("human.2.pkl", 1200, 1)]
    [InlineData("human.3.pkl", 1200, 1)]
    [InlineData("human.4.pkl", 1200, 1)]
    [InlineData("human.5.pkl", 1200, 1)]
    [InlineData("rephrased.4.pkl", 300, 3)]
    [InlineData("narrated.4.pkl", 300, 10)]
    public void Published_forms_are_read_in_one_go(string name, int clips, int captions)
    {
        string path = Asset(name);
        ClipTable fast = NarrationPickle.ReadRows(path, weighsCaptions: true) ?? throw new InvalidOperationException($"'{name}' was left to the general reader.");
        ClipTable general = NarrationPickle.ReadItems(path, weighsCaptions: true);
        Assert.Equal((clips, clips * captions), (fast.Count, fast.Captions.Count));
        AssertSame(general, fast);
        Assert.Equal("002ad105-bd9a-4858-953e-54e88dc7587e", fast.Videos[0]);
        Assert.Equal(new ClipSpan(0.75, 2.25), fast[1].Span);
        Assert.StartsWith("#C C does thing 1", fast.Captions.Text(fast[1].FirstCaption));
        Assert.Equal("item 7", fast.PlaceOf(7));
    }

    [Theory]
    [InlineData("narrations.0.pkl")]
    [InlineData("narrations.4.pkl")]
    [InlineData("not-a-list.pkl")]
    [InlineData("hostile-memo.pkl")]
    [InlineData("wrong-item.pkl")]
    public void Other_pickles_are_left_to_the_general_reader(string name) => Assert.Null(NarrationPickle.ReadRows(Asset(name), weighsCaptions: false));

    [Fact]
    public void Damaged_pickles_read_the_same_by_both_readers()
    {
        string path = _folder.File("x.pkl");
        byte[][] files =
        [
            .. new[] { "human.2.pkl", "human.4.pkl", "rephrased.4.pkl", "narrated.4.pkl" }.Select(name => File.ReadAllBytes(Asset(name)).AsSpan(0, 900).ToArray()),
            Encoding.Latin1.GetBytes("\u0080\u0004]\u0094(((\u008c\u0001aK\u0001K\u0002\u008c\u0001bt\u0094e."),
            Encoding.Latin1.GetBytes("\u0080\u0002]q\0((X\u0001\0\0\0aq\u0001K\u0001K\u0002]q\u0002(h\u0001h\u0001et(h\u0001J\u0003\0\0\0G@\u0014\0\0\0\0\0\0h\u0001te."),
            Encoding.Latin1.GetBytes("\u0080\u0004]\u0094(\u008c\u0001a\u0094K\u0001K\u0002h\u0001ta."),
        ];
        int both = 0;
        Mutation.Try(TimeSpan.FromSeconds(3), files, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            if (NarrationPickle.ReadRows(path, weighsCaptions: true) is { } fast)
            {
                AssertSame(NarrationPickle.ReadItems(path, weighsCaptions: true), fast);
                both++;
            }
        }, error => error is DataException or FileFaultException);
        Assert.True(both > 0, "The fast reader read none.");
    }

    [Fact]
    public void Lists_longer_than_a_window_are_read_whole()
    {
        // 12,000 items of 10 captions each, about 7 MB, as Python's protocol 4 writes them.
        string path = _folder.File("large.pkl");
        PickledNarrations.Write(path, 12_000, 10, withLikelihoods: true, seed: 3);
        ClipTable fast = NarrationPickle.ReadRows(path, weighsCaptions: true)!;
        Assert.Equal((12_000, 120_000), (fast.Count, fast.Captions.Count));
        AssertSame(NarrationPickle.ReadItems(path, weighsCaptions: true), fast);
    }

    [Fact]
    public void Narrations_are_drawn_by_their_likelihood_only_when_asked()
    {
        Assert.False(NarrationPickle.Read(Asset("narrated.4.pkl")).HasWeights);
        ClipTable table = NarrationPickle.Read(Asset("narrated.4.pkl"), weighsCaptions: true);
        int[] drawn = new int[10];
        for (ulong stream = 0; stream < 4000; stream++)
        {
            CounterRandom random = new(1, stream);
            drawn[table.DrawCaption(0, ref random) - table[0].FirstCaption]++;
        }

        // Each narration is exp(-0.5) times as likely as the one before.
        double total = Enumerable.Range(0, 10).Sum(k => Math.Exp(-0.5 * k));
        for (int k = 0; k < 10; k++)
        {
            double expected = 4000 * Math.Exp(-0.5 * k) / total;
            Assert.InRange(drawn[k], expected - (5 * Math.Sqrt(expected)) - 1, expected + (5 * Math.Sqrt(expected)) + 1);
        }
    }

    private static string Asset(string name) => Repository.Asset("data", "pickles", name);

    private static void AssertSame(ClipTable expected, ClipTable actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected.Captions.Count, actual.Captions.Count);
        Assert.Equal(expected.Videos, actual.Videos);
        Assert.Equal(expected.Notes, actual.Notes);
        for (int clip = 0; clip < expected.Count; clip++)
        {
            Assert.Equal(expected[clip], actual[clip]);
        }

        for (int caption = 0; caption < expected.Captions.Count; caption++)
        {
            if (!expected.Captions[caption].Span.SequenceEqual(actual.Captions[caption].Span)
                || expected.WeightOf(caption) != actual.WeightOf(caption))
            {
                Assert.Fail($"Caption {caption} is '{actual.Captions.Text(caption)}', expected '{expected.Captions.Text(caption)}'.");
            }
        }
    }
}
