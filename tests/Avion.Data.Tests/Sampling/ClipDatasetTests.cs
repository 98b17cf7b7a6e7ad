namespace Avion.Data.Tests;

public sealed class ClipDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ShapesOnly _shapes = new(_ => new VideoShape(426, 320, 300, 30));

    public ClipDatasetTests()
    {
        foreach (string name in new[] { "a", "b" })
        {
            File.WriteAllText(_folder.File($"{name}.mp4"), string.Empty);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_about_a_clip_follows_from_its_key_alone()
    {
        ClipDataset first = Make(new SegmentSampling(jitter: true), new RandomResizedCrop { FlipProbability = 0.5 });
        ClipDataset second = Make(new SegmentSampling(jitter: true), new RandomResizedCrop { FlipProbability = 0.5 });
        HashSet<string> seen = [];
        foreach (SampleKey key in Keys())
        {
            // A request that was used before and a data set that was used in another order must not matter.
            string expected = Show(first, key);
            Show(second, key with { Index = 1 - key.Index, Epoch = key.Epoch + 9 });
            Assert.Equal(expected, Show(second, key));
            Assert.True(seen.Add(expected));
        }
    }

    [Fact]
    public void One_caption_of_several_is_drawn_and_evaluation_takes_the_first()
    {
        ClipDataset training = Make(new SegmentSampling(jitter: true), new CentreCrop());
        ClipDataset evaluation = Make(new SegmentSampling(jitter: false), new CentreCrop(), drawCaptions: false);
        int[] counts = new int[4];
        for (int epoch = 0; epoch < 3000; epoch++)
        {
            counts[Draw(training, new SampleKey(1, epoch, 0)).CaptionId]++;
            Assert.Equal(0, Draw(evaluation, new SampleKey(1, epoch, 0)).CaptionId);
        }

        // Three captions of clip 0, 1000 draws each, give or take 5 standard deviations; the fourth is clip 1's.
        Assert.All(counts[..3], count => Assert.InRange(count, 1000 - 130, 1000 + 130));
        Assert.Equal(0, counts[3]);
        Assert.Equal("third", Encoding.UTF8.GetString(Draw(training, new SampleKey(1, Enumerable.Range(0, 99).First(epoch =>
            Draw(training, new SampleKey(1, epoch, 0)).CaptionId == 2), 0)).Caption.Span));
    }

    [Fact]
    public void Views_of_a_clip_lie_next_to_each_other_with_the_places_of_one_view_together()
    {
        ClipDataset dataset = Make(new ViewSampling(stride: 4, viewCount: 5), new SpacedCrop(3));
        Assert.Equal(2 * 15, dataset.Count);
        for (int view = 0; view < 15; view++)
        {
            ClipRequest request = Draw(dataset, new SampleKey(0, 0, 15 + view));
            Assert.Equal("b.mp4", Path.GetFileName(request.Segments[0].Video.Path));
            Assert.Equal(new[] { 0, 67, 134, 201, 268 }[view / 3] + 4, request.Frames[1]);
            Assert.Equal(new[] { 0, 53, 106 }[view % 3], request.Transform.Crop.X);
            Assert.Equal(15 + view, request.SampleId);
            Assert.Contains("b (", dataset.Describe(new SampleKey(0, 0, 15 + view)));
        }
    }

    [Fact]
    public void Relevant_sentences_replace_the_clips_own_caption_where_there_are_any()
    {
        CaptionStore sentences = new();
        sentences.Add("near");
        sentences.Add("far");
        RelevantCaptions relevant = new(sentences);
        relevant.AddRow([0.5f, 0.1f, 0.9f]);
        relevant.AddRow([0, 0, 0]);
        ClipDataset dataset = Make(new SegmentSampling(jitter: true), new CentreCrop(), relevant: relevant);
        ClipRequest drawn = Draw(dataset, new SampleKey(0, 0, 0)), own = Draw(dataset, new SampleKey(0, 0, 1));
        Assert.Equal(("near", 0.5f, 0), (Encoding.UTF8.GetString(drawn.Caption.Span), drawn.Relevance, drawn.CaptionId));
        Assert.Equal(("fourth", 1f, 2 + 3), (Encoding.UTF8.GetString(own.Caption.Span), own.Relevance, own.CaptionId));
    }

    [Fact]
    public void A_missing_video_still_has_its_number_and_caption()
    {
        File.Delete(_folder.File("b.mp4"));
        ClipDataset dataset = Make(new SegmentSampling(jitter: true), new CentreCrop());
        ClipRequest request = new(8, 224, 224, 0);
        Assert.Throws<DataException>(() => dataset.Draw(new SampleKey(0, 0, 1), _shapes, request));
        Assert.Equal((1L, 3), (request.SampleId, request.CaptionId));
    }

    [Fact]
    public void Digests_tell_captions_apart_that_have_the_same_letters_and_are_equal_for_equal_clips()
    {
        ClipSetDigest[] digests = [.. new[] { "ab|c", "a|bc", "ab|c" }.Select(captions => Of(captions.Split('|')))];
        Assert.Equal(["captions"], digests[0].DifferencesTo(digests[1]));
        Assert.Empty(digests[0].DifferencesTo(digests[2]));
        Assert.Equal(["captions"], Of(["ab", "c"], inFirst: 1).DifferencesTo(digests[0]));
        MixedDataset Twice(params string[] captions) => new([new MixturePart(Set(["x"])), new MixturePart(Set(captions))]);
        Assert.Equal(["captions"], Twice("ab", "c").ComputeDigest()!.DifferencesTo(Twice("a", "bc").ComputeDigest()!));
        Assert.Empty(Twice("ab", "c").ComputeDigest()!.DifferencesTo(Twice("ab", "c").ComputeDigest()!));

        ClipSetDigest Of(string[] captions, int inFirst = 2) => Set(captions, inFirst).ComputeDigest()!;

        ClipDataset Set(string[] captions, int inFirst = 2)
        {
            ClipTable table = new("test");
            table.Add("a", ClipSpan.Whole);
            foreach (string caption in captions.Take(inFirst))
            {
                table.AddCaption(caption);
            }

            table.Add("b", ClipSpan.Whole);
            foreach (string caption in captions.Skip(inFirst))
            {
                table.AddCaption(caption);
            }

            return new ClipDataset(table, new FileTree(_folder.FullName), new SegmentSampling(jitter: false), new CentreCrop());
        }
    }

    private static IEnumerable<SampleKey> Keys() =>
        from seed in new ulong[] { 1, 2 } from epoch in new[] { 0, 1 } from index in new[] { 0, 1 } from repeat in new[] { 0, 1 }
        select new SampleKey(seed, epoch, index, repeat);

    private ClipDataset Make(FrameSampling frames, CropPolicy crop, bool drawCaptions = true, RelevantCaptions? relevant = null)
    {
        ClipTable table = new("test");
        table.Add("a", new ClipSpan(1, 5));
        table.AddCaption("first");
        table.AddCaption("second");
        table.AddCaption("third");
        table.Add("b", ClipSpan.Whole);
        table.AddCaption("fourth");
        return new ClipDataset(table, new FileTree(_folder.FullName), frames, crop) { DrawCaptions = drawCaptions, Relevant = relevant };
    }

    private ClipRequest Draw(ClipDataset dataset, SampleKey key)
    {
        ClipRequest request = new(8, 224, 224, 0);
        dataset.Draw(key, _shapes, request);
        return request;
    }

    private string Show(ClipDataset dataset, SampleKey key)
    {
        ClipRequest request = Draw(dataset, key);
        return $"{string.Join(' ', request.Frames.ToArray())} {request.Transform} {request.CaptionId} {string.Join(' ', request.Segments)}";
    }
}
