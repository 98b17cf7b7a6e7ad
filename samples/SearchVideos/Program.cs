// Finds where something happens in a folder of videos: embeds windows of 4 s once, keeps their vectors in a file, ranks them by a text.
// dotnet run -c Release --project samples/SearchVideos -- MODEL VIDEOS VECTORS.safetensors "opens the fridge"
if (args.Length != 4)
{
    Console.Error.WriteLine("usage: SearchVideos MODEL VIDEOS VECTORS.safetensors TEXT");
    return 2;
}

using CpuDevice device = new();
using FeatureExtractor extractor = FeatureExtractor.Open(args[0], device);
if (!File.Exists(args[2]))
{
    Embed(extractor, args[1]).Write(args[2]);
}

FeatureSet windows = FeatureSet.Read(args[2]);
float[] query = extractor.OfTokens(extractor.Tokenize(extractor.OpenTokenizer(null), args[3]));
using VectorIndex index = new(query.Length);
index.Add(windows.Values());
foreach (RankedRow hit in index.Search(query, 10).Rows)
{
    FeatureRow row = windows.Rows[hit.Row];
    Console.WriteLine($"{hit.Score:0.000}  {row.File}  {row.Span.Start:0.0} to {row.Span.End:0.0} s");
}

return 0;

static FeatureSet Embed(FeatureExtractor extractor, string folder)
{
    const double Length = 4, Stride = 2;
    NamedVideos videos = new(folder);
    ClipWindows clips = ClipWindows.Cut(videos.ListWhole(), videos, new WindowRule(Length, Stride), () => new VideoClipSource());
    FeatureSet features = new(extractor.Outputs);

    // Threads decode ahead while the model computes; a video that cannot be read is told, and the rest is done.
    using FeatureStream stream = new(extractor, clips, new FeatureOptions());
    while (stream.Next() is { } batch)
    {
        features.Add(batch);
        foreach (UnreadableClip bad in batch.Unreadable)
        {
            Console.Error.WriteLine($"{bad.Row.File}: {bad.Reason}");
        }
    }

    return features;
}
