namespace Avion.Compute.Tests;

public sealed class ArenaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Blocks_never_overlap_and_used_bytes_are_their_sum(int seed)
    {
        using ReferenceDevice device = new();
        using Arena arena = new(device, plannedBytes: 1 << 16);
        Random random = new(seed);
        Dictionary<nint, long> live = [];
        for (int step = 0; step < 3000; step++)
        {
            if (live.Count == 0 || random.Next(100) < 52)
            {
                long bytes = random.Next(5) == 0 ? random.Next(60_000) : random.Next(2_000);
                nint address = arena.Allocate(bytes);
                long rounded = Math.Max(1, (bytes + 63) / 64) * 64;
                Assert.Equal(0, address % Device.Alignment);
                Assert.DoesNotContain(live, block => address < block.Key + (nint)block.Value && block.Key < address + (nint)rounded);
                live.Add(address, rounded);
            }
            else
            {
                nint address = live.Keys.ElementAt(random.Next(live.Count));
                arena.Free(address);
                live.Remove(address);
            }

            Assert.Equal(live.Values.Sum(), arena.UsedBytes);
            Assert.True(arena.PeakBytes >= arena.UsedBytes);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Freed_neighbours_join_whatever_the_order(int seed)
    {
        using ReferenceDevice device = new();
        using Arena arena = new(device, plannedBytes: 64 * 100);
        Random random = new(seed);
        nint[] blocks = new nint[100];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = arena.Allocate(64);
        }

        random.Shuffle(blocks);
        foreach (nint block in blocks)
        {
            arena.Free(block);
        }

        // Only if all hundred joined is there room for one block of all the memory.
        arena.Allocate(64 * 100);
        Assert.Equal(1, arena.SlabCount);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Peak_found_by_planning_is_the_real_peak_and_suffices(int seed)
    {
        using PlanningDevice planning = new();
        using Arena planned = new(planning);
        Exercise(planned, seed);
        using ReferenceDevice device = new();
        using Arena real = new(device, planned.PeakBytes);
        Exercise(real, seed);
        Assert.Equal(planned.PeakBytes, real.PeakBytes);
        Assert.Equal(1, real.SlabCount);
        Assert.Equal(planned.PeakBytes, real.HeldBytes);
    }

    [Fact]
    public void Slabs_that_grew_on_demand_become_one_that_suffices()
    {
        // Slabs grow on demand and lie at addresses in any order, often falling.
        using ReferenceDevice device = new();
        using Arena arena = new(device);
        for (int step = 0; step < 3; step++)
        {
            nint[] blocks = [.. Enumerable.Range(0, 6).Select(i => arena.Allocate((70L + i) << 20))];
            Assert.All(blocks.Zip(blocks.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
            foreach (nint block in blocks)
            {
                arena.Free(block);
            }

            Assert.Equal(0, arena.UsedBytes);
            Assert.Equal(step == 0 ? 6 : 1, arena.SlabCount);
            arena.Reset();
            Assert.Equal((1, arena.PeakBytes), (arena.SlabCount, arena.HeldBytes));
        }
    }

    [Fact]
    public void Warm_step_takes_no_memory_and_gets_the_same_addresses()
    {
        using ReferenceDevice device = new();
        using Arena arena = new(device);
        Exercise(arena, 5);
        arena.Reset();
        List<nint> second = Exercise(arena, 5);
        long held = arena.HeldBytes;
        arena.Reset();
        Assert.Equal(0, arena.UsedBytes);
        Assert.Equal(second, Exercise(arena, 5));
        Assert.Equal(held, arena.HeldBytes);
    }

    [Fact]
    public void Best_fitting_gap_is_taken()
    {
        using ReferenceDevice device = new();
        using Arena arena = new(device, 1 << 16);
        nint wide = arena.Allocate(1024);
        arena.Allocate(64);
        nint narrow = arena.Allocate(256);
        arena.Allocate(64);
        arena.Free(wide);
        arena.Free(narrow);
        Assert.Equal(narrow, arena.Allocate(200));
        Assert.Equal(wide, arena.Allocate(300));
    }

    [Fact]
    public void Free_of_a_foreign_address_is_refused()
    {
        using ReferenceDevice device = new();
        using Arena arena = new(device, 1 << 16);
        nint block = arena.Allocate(64);
        arena.Free(block);
        Assert.Throws<InvalidOperationException>(() => arena.Free(block));
        Assert.Throws<InvalidOperationException>(() => arena.Free(12345));
    }

    [Fact]
    public unsafe void Guard_reports_a_write_past_the_end()
    {
        using ReferenceDevice device = new();
        Arena arena = new(device) { GuardBytes = 64 };
        nint block = arena.Allocate(10);
        ((byte*)block)[10] = 1;
        Assert.Contains("0 bytes past the end", Assert.Throws<InvalidOperationException>(() => arena.Free(block)).Message);
        ((byte*)block)[10] = 0xFF;
        arena.Dispose();
    }

    private static List<nint> Exercise(Arena arena, int seed)
    {
        Random random = new(seed);
        List<nint> live = [], all = [];
        for (int step = 0; step < 400; step++)
        {
            if (live.Count == 0 || random.Next(100) < 60)
            {
                live.Add(arena.Allocate(random.Next(1, 300_000)));
                all.Add(live[^1]);
            }
            else
            {
                int index = random.Next(live.Count);
                arena.Free(live[index]);
                live.RemoveAt(index);
            }
        }

        return all;
    }
}
