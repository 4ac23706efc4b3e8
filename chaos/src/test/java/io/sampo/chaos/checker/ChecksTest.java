package io.sampo.chaos.checker;

import static io.sampo.chaos.checker.Story.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.chaos.history.DumpedBatch;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.history.Value;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// For each check: histories that break its promise, and the nearest ones that do not.
final class ChecksTest {

    private static void allowed(Check check, Story story) {
        assertEquals(List.of(), check.check(story.history()));
    }

    private static void broken(Check check, int violations, Story story) {
        List<Violation> found = check.check(story.history());
        assertEquals(violations, found.size(), found::toString);
        found.forEach(each -> assertEquals(check.name(), each.check()));
    }

    @Nested
    final class Lost {
        private final Check check = new LostCheck();

        @Test
        void anAcknowledgedRecordThatAReaderDoesNotFindIsLost() {
            broken(check, 1, new Story().acked("p/0", 0).acked("p/1", 1).read("leader", 2, entry(0, "p/0")));
        }

        @Test
        void itIsLostForOneReplicaAlone() {
            broken(
                    check,
                    1,
                    new Story()
                            .acked("p/0", 0)
                            .acked("p/1", 1)
                            .read("leader", 2, entry(0, "p/0"), entry(1, "p/1"))
                            .read("rack-2", 2, entry(1, "p/1")));
        }

        @Test
        void recordsOfUnknownOutcomeMayBeMissing() {
            allowed(
                    check,
                    new Story()
                            .acked("p/0", 0)
                            .sent("p/1", Outcome.INFO, -1)
                            .sent("p/2", Outcome.FAIL, -1)
                            .read("leader", 1, entry(0, "p/0")));
        }
    }

    @Nested
    final class Unseen {
        private final Check check = new UnseenCheck();

        @Test
        void anAcknowledgedRecordBeyondTheEndIsUnseen() {
            broken(check, 1, new Story().acked("p/0", 0).acked("p/1", 1).read("leader", 1, entry(0, "p/0")));
        }

        @Test
        void oneReplicaThatEndsTooEarlyIsEnough() {
            broken(
                    check,
                    1,
                    new Story()
                            .acked("p/0", 0)
                            .read("leader", 1, entry(0, "p/0"))
                            .read("rack-2", 0));
        }

        @Test
        void withoutAnyReadNothingIsSeen() {
            broken(check, 1, new Story().acked("p/0", 0));
        }

        @Test
        void whatIsBelowTheEndIsSeen() {
            allowed(
                    check,
                    new Story().acked("p/0", 0).sent("p/1", Outcome.INFO, -1).read("leader", 1, entry(0, "p/0")));
        }
    }

    @Nested
    final class Phantom {
        private final Check check = new PhantomCheck();

        @Test
        void aValueThatNobodySentIsAPhantom() {
            broken(check, 1, new Story().acked("p/0", 0).polled("c", "a", entry(0, "p/0"), entry(1, "q/7")));
        }

        @Test
        void aRefusedValueIsAPhantom() {
            broken(check, 1, new Story().sent("p/0", Outcome.FAIL, -1).read("leader", 1, entry(0, "p/0")));
        }

        @Test
        void aValueOfAnotherPartitionIsAPhantom() {
            Value value = new Value("p", 0);
            broken(
                    check,
                    1,
                    new Story()
                            .add(new Send(1, 2, "p", new Place("t", 1), value, Outcome.OK, 0, ""))
                            .read("leader", 1, entry(0, "p/0")));
        }

        @Test
        void aValueReadBeforeItWasSentIsAPhantom() {
            broken(check, 1, new Story().polled("c", "a", entry(0, "p/0")).acked("p/0", 0));
        }

        @Test
        void aRecordMayBeReadBeforeItsAcknowledgementAndWhenItsOutcomeIsUnknown() {
            allowed(
                    check,
                    new Story()
                            .sent("p/0", Outcome.INFO, -1)
                            .polled("c", "a", entry(0, "p/0"))
                            .add(new Send(500, 900, "p", Story.PLACE, new Value("p", 1), Outcome.OK, 1, ""))
                            .add(new Poll(510, 600, "c", "a", Story.PLACE, List.of(entry(1, "p/1")))));
        }
    }

    @Nested
    final class Duplicate {
        private final Check check = new DuplicateCheck();

        @Test
        void aValueAtTwoOffsetsIsADuplicate() {
            broken(check, 1, new Story().acked("p/0", 0).read("leader", 2, entry(0, "p/0"), entry(1, "p/0")));
        }

        @Test
        void alsoWhenItsOutcomeIsUnknownAndWhenTwoReadersSawIt() {
            broken(
                    check,
                    1,
                    new Story()
                            .sent("p/0", Outcome.INFO, -1)
                            .polled("c", "a", entry(0, "p/0"))
                            .read("leader", 2, entry(1, "p/0"))
                            .read("rack-1", 2, entry(1, "p/0")));
        }

        @Test
        void aValueReadTwiceAtOneOffsetIsNone() {
            allowed(
                    check,
                    new Story()
                            .acked("p/0", 0)
                            .polled("c", "a", entry(0, "p/0"))
                            .read("leader", 1, entry(0, "p/0")));
        }
    }

    @Nested
    final class Offset {
        private final Check check = new OffsetCheck();

        @Test
        void twoValuesAtOneOffsetAreInconsistent() {
            broken(check, 1, new Story().polled("c", "a", entry(0, "p/0")).read("leader", 1, entry(0, "p/1")));
        }

        @Test
        void aRecordThatLiesElsewhereThanAcknowledgedIsInconsistentWithWhatLiesThere() {
            broken(check, 1, new Story().acked("p/0", 1).read("leader", 2, entry(0, "p/0"), entry(1, "p/1")));
        }

        @Test
        void twoAcknowledgementsOfOneOffsetAreInconsistent() {
            broken(check, 1, new Story().acked("p/0", 4).acked("q/0", 4));
        }

        @Test
        void oneValueForEachOffsetIsConsistent() {
            allowed(
                    check,
                    new Story()
                            .acked("p/0", 0)
                            .sent("p/1", Outcome.INFO, -1)
                            .polled("c", "a", entry(0, "p/0"))
                            .read("leader", 2, entry(0, "p/0"), entry(1, "p/1")));
        }
    }

    @Nested
    final class Order {
        private final Check check = new OrderCheck();

        @Test
        void sequencesThatFallAreOutOfOrder() {
            broken(check, 1, new Story().read("leader", 2, entry(0, "p/1"), entry(1, "p/0")));
        }

        @Test
        void aRecordSentAfterAnAcknowledgementMayNotLieBeforeIt() {
            broken(check, 1, new Story().acked("p/0", 5).acked("q/0", 4));
        }

        @Test
        void recordsThatWereUnderWayTogetherMayLieInAnyOrder() {
            allowed(
                    check,
                    new Story()
                            .add(new Send(10, 50, "p", Story.PLACE, new Value("p", 0), Outcome.OK, 5, ""))
                            .add(new Send(20, 60, "q", Story.PLACE, new Value("q", 0), Outcome.OK, 4, ""))
                            .read("leader", 6, entry(4, "q/0"), entry(5, "p/0")));
        }

        @Test
        void sequencesMayHaveHoles() {
            allowed(check, new Story().read("leader", 3, entry(0, "p/0"), entry(1, "q/9"), entry(2, "p/7")));
        }
    }

    @Nested
    final class Polls {
        private final Check check = new PollCheck();

        @Test
        void anOffsetThatComesAgainWithinAnAssignmentIsWrong() {
            broken(
                    check,
                    1,
                    new Story()
                            .assigned("c", 1, "a", 0)
                            .polled("c", "a", entry(0, "p/0"), entry(1, "p/1"))
                            .polled("c", "a", entry(1, "p/1")));
        }

        @Test
        void aRecordOfTheFinalLogThatIsSkippedIsWrong() {
            broken(
                    check,
                    1,
                    new Story()
                            .polled("c", "a", entry(0, "p/0"), entry(2, "p/2"))
                            .read("leader", 3, entry(0, "p/0"), entry(1, "p/1"), entry(2, "p/2")));
        }

        @Test
        void soIsOneBetweenThePositionAndTheFirstRecord() {
            broken(
                    check,
                    1,
                    new Story()
                            .assigned("c", 1, "a", 0)
                            .polled("c", "a", entry(1, "p/1"))
                            .read("leader", 2, entry(0, "p/0"), entry(1, "p/1")));
        }

        @Test
        void offsetsWithoutARecordAreNotSkippedAndAnotherAssignmentBeginsAnew() {
            allowed(
                    check,
                    new Story()
                            .assigned("c", 1, "a", 0)
                            .polled("c", "a", entry(0, "p/0"), entry(2, "p/2"))
                            .assigned("c", 2, "b", 0)
                            .polled("c", "b", entry(0, "p/0"))
                            .read("leader", 3, entry(0, "p/0"), entry(2, "p/2")));
        }
    }

    @Nested
    final class Group {
        private final Check check = new GroupCheck();

        @Test
        void anAcknowledgedCommitThatTheNextOwnerIsNotToldIsForgotten() {
            broken(check, 1, new Story().committed("c", 1, 10, Outcome.OK).assigned("d", 2, "b", 4));
        }

        @Test
        void aCommittedOffsetThatGoesBackWithinAGenerationIsWrong() {
            broken(
                    check,
                    1,
                    new Story()
                            .committed("c", 1, 10, Outcome.OK)
                            .committed("c", 1, 20, Outcome.OK)
                            .committedSeen(10));
        }

        @Test
        void anOffsetThatNobodyCommittedIsWrong() {
            broken(check, 1, new Story().committed("c", 1, 10, Outcome.FAIL).assigned("d", 2, "b", 10));
        }

        @Test
        void aCommitOfUnknownOutcomeMayHaveHappenedOrNot() {
            Story known = new Story().committed("c", 1, 10, Outcome.OK).committed("c", 1, 20, Outcome.INFO);
            allowed(
                    check,
                    known.assigned("d", 2, "b", 10)
                            .committed("d", 2, 30, Outcome.INFO)
                            .assigned("e", 3, "f", 20));
        }

        @Test
        void aCommitOfUnknownOutcomeThatWasSeenOnceHasHappened() {
            Story known = new Story().committed("c", 1, 10, Outcome.OK).committed("c", 1, 20, Outcome.INFO);
            broken(check, 1, known.assigned("d", 2, "b", 20).committedSeen(10));
        }

        @Test
        void withoutACommitMembersBeginAtTheBeginning() {
            allowed(check, new Story().assigned("d", 1, "b", 0).committedSeen(-1));
        }
    }

    @Nested
    final class Metadata {
        private final Check check = new MetadataCheck();

        @Test
        void aLeaderEpochThatFallsAtOneNodeIsWrong() {
            broken(check, 1, new Story().leader("probe n1.0", 1, 5).leader("probe n1.0", -1, 4));
        }

        @Test
        void anEpochWithTwoLeadersIsWrong() {
            broken(check, 1, new Story().leader("probe n1.0", 1, 5).leader("probe n2.0", 2, 5));
        }

        @Test
        void anEpochThatFallsAlongTheLogIsWrong() {
            broken(check, 1, new Story().read("leader", 2, entry(0, "p/0", 4), entry(1, "p/1", 3)));
        }

        @Test
        void aTopicThatANodeDoesNotKnowAfterHealingIsWrong() {
            broken(
                    check,
                    1,
                    new Story()
                            .created("t", Outcome.OK)
                            .healed()
                            .topics("probe n1.0", "t")
                            .topics("probe n2.0"));
        }

        @Test
        void twoNodesMayKnowDifferentEpochsAndANewLifeOfANodeBeginsAnew() {
            allowed(
                    check,
                    new Story()
                            .leader("probe n1.0", 1, 5)
                            .leader("probe n2.0", 2, 4)
                            .leader("probe n1.0", -1, -1)
                            .leader("probe n1.1", -1, 0)
                            .leader("probe n1.1", 1, 5)
                            .created("gone", Outcome.INFO)
                            .created("t", Outcome.OK)
                            .topics("probe n2.0")
                            .healed()
                            .topics("probe n2.0", "t"));
        }
    }

    @Nested
    final class Bytes {
        private final Check check = new ReplicaBytesCheck();
        private final DumpedBatch first = new DumpedBatch(0, 1, "a");
        private final DumpedBatch second = new DumpedBatch(2, 2, "b");

        @Test
        void replicasThatDifferBelowTheHighWatermarkAreWrong() {
            broken(
                    check,
                    1,
                    new Story()
                            .read("leader", 3)
                            .dumped("n1", first, second)
                            .dumped("n2", first, new DumpedBatch(2, 2, "c")));
        }

        @Test
        void aReplicaThatIsBehindIsWrong() {
            broken(
                    check,
                    1,
                    new Story().read("leader", 3).dumped("n1", first, second).dumped("n2", first));
        }

        @Test
        void whatIsBeyondTheHighWatermarkMayDiffer() {
            allowed(
                    check,
                    new Story()
                            .read("leader", 3)
                            .dumped("n1", first, second, new DumpedBatch(3, 3, "x"))
                            .dumped("n2", first, second));
        }
    }

    @Nested
    final class Recovery {
        private final Check check = new RecoveryCheck(1_000);

        @Test
        void aPartitionThatTakesNoWriteAfterHealingIsWrong() {
            broken(check, 1, new Story().acked("p/0", 0).healed().read("leader", 1));
        }

        @Test
        void soIsOneThatTakesItTooLate() {
            broken(check, 1, new Story().healed().pause(2_000).acked("p/0", 0).read("leader", 1));
        }

        @Test
        void soIsOneThatCannotBeRead() {
            broken(check, 1, new Story().healed().acked("p/0", 0));
        }

        @Test
        void soIsARunThatWasNeverHealed() {
            broken(check, 1, new Story().acked("p/0", 0).read("leader", 1));
        }

        @Test
        void aWriteInTimeAndAReadAreEnough() {
            allowed(check, new Story().healed().acked("p/0", 0).read("leader", 1));
        }
    }

    @Nested
    final class Invariants {
        private final Check check = new InvariantCheck();

        @Test
        void aComplaintIsAViolation() {
            broken(check, 1, new Story().complained("n1", "ERROR invariant"));
        }

        @Test
        void noComplaintIsNone() {
            allowed(check, new Story().acked("p/0", 0));
        }
    }
}
