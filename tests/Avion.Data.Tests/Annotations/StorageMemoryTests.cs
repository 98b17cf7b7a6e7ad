namespace Avion.Data.Tests;

/// <summary>Memory of the whole process is measured, so nothing else may run beside it.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class StorageMemoryTests
{
    [Fact]
    public void A_clip_with_one_caption_takes_at_most_35_bytes_beside_its_text()
    {
        ClipTable table = new("x");
        byte[] caption = Encoding.UTF8.GetBytes("#C C picks up the knife from the table");
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 6_000_000; i++)
        {
            table.Add($"video {i / 400}", new ClipSpan(i, i + 1));
            table.AddCaption(caption);
        }

        // Thirty-five million captions of 45 bytes then take under 2.8 GB.
        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / table.Count;
        Assert.InRange(bytes - caption.Length, 0, 35);
        Assert.InRange((double)table.MemoryBytes / table.Count, caption.Length, caption.Length + 35);
        GC.KeepAlive(table);
    }
}
