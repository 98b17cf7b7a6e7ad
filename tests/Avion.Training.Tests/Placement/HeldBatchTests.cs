using System.Runtime.InteropServices;

namespace Avion.Training.Tests;

public sealed unsafe class HeldBatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_step_that_fails_gives_both_batches_back()
    {
        CountingMemory memory = new();
        ClipFeed feed = new(BrightnessRun.Recipe(_folder.File("run"), "train.devices=cpu"), BrightnessRun.Data(),
            new ClipForm(FrameCount: 1, 8, 8, LabelCount: 1)) { Memory = memory };
        Assert.Throws<InvalidOperationException>(Train);
        Assert.True(memory.Taken > 3);
        Assert.Equal(0, memory.Held);

        void Train()
        {
            using ClipLoader loader = feed.OpenTraining(new RunPosition(0, 0));
            using HeldBatch held = new();
            for (int step = 0; ; step++)
            {
                ClipBatch batch = loader.QueueOf(0).Next(TestContext.Current.CancellationToken)!;
                using (held.Replace(batch))
                {
                    Assert.Equal(batch.Position, held.Current!.Position);
                    if (step == 3)
                    {
                        throw new InvalidOperationException("The step fails.");
                    }
                }
            }
        }
    }

    private sealed class CountingMemory : IBatchMemory
    {
        public int Taken { get; private set; }

        public int Held { get; private set; }

        public nint Allocate(nuint byteCount)
        {
            Taken++;
            Held++;
            return (nint)NativeMemory.AlignedAlloc(byteCount, 64);
        }

        public void Free(nint address)
        {
            Held--;
            NativeMemory.AlignedFree((void*)address);
        }
    }
}
