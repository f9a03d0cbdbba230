//! Faults in what is kept, in what follows from it, and in the templates as a whole.

use keyward_infra::template::Stack;
use serde_json::{Value, json};

use super::{Fault, Rule, fault};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(Rule::Tables, "no recovery", |t| t.remove("VaultTable/PointInTimeRecoverySpecification")),
        fault(Rule::Tables, "recovery turned off", |t| {
            t.set("KeywardTable/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", json!(false));
        }),
        fault(Rule::Tables, "backups of the vault for longer than a week", |t| {
            t.set("VaultTable/PointInTimeRecoverySpecification/RecoveryPeriodInDays", json!(35));
        }),
        fault(Rule::Tables, "no deletion protection", |t| t.remove("KeywardTable/DeletionProtectionEnabled")),
        fault(Rule::Tables, "protection that is never turned on", |t| {
            t.set("VaultTable/DeletionProtectionEnabled", json!(false));
        }),
        fault(Rule::Tables, "protection from the beginning, which a rollback cannot delete", |t| {
            t.set("VaultTable/DeletionProtectionEnabled", json!(true));
        }),
        fault(Rule::Tables, "a table that a failed creation leaves behind", |t| {
            t.set("KeywardTable/!DeletionPolicy", json!("Retain"));
        }),
        fault(Rule::Tables, "a table under the key that wraps", |t| {
            let key = json!({ "Fn::GetAtt": ["WrappingKey", "Arn"] });
            t.set("VaultTable/SSESpecification/Fn::If/1/KMSMasterKeyId", key);
        }),
        fault(Rule::Tables, "a table that goes with the stack", |t| {
            t.set("VaultTable/!DeletionPolicy", json!("Delete"));
        }),
        fault(Rule::Tables, "a table that goes when it is replaced", |t| {
            t.remove("VaultTable/!UpdateReplacePolicy")
        }),
        fault(Rule::Tables, "a stream of what is sealed", |t| {
            t.set("VaultTable/StreamSpecification", json!({ "StreamViewType": "NEW_IMAGE" }));
        }),
        fault(Rule::Tables, "a table key of our own", |t| {
            t.set("KeywardTable/SSESpecification", json!({ "SSEEnabled": true, "SSEType": "KMS" }));
        }),
        fault(Rule::Tables, "no expiry", |t| t.remove("VaultTable/TimeToLiveSpecification")),
        fault(Rule::Tables, "an index with everything", |t| {
            t.set("KeywardTable/GlobalSecondaryIndexes/0/Projection", json!({ "ProjectionType": "ALL" }));
        }),
        fault(Rule::Stream, "a purge that is given up", |t| {
            t.set("TableChanges/MaximumRetryAttempts", json!(5));
        }),
        fault(Rule::Stream, "a use that is given up", |t| t.set("KeyUses/MaximumRetryAttempts", json!(5))),
        fault(Rule::Stream, "a record that expires unseen", |t| {
            t.remove("TableChanges/MaximumRecordAgeInSeconds");
        }),
        fault(Rule::Stream, "a record that is given up while the stream still has it", |t| {
            t.set("KeyUses/MaximumRecordAgeInSeconds", json!(3_600));
        }),
        fault(Rule::Stream, "purges that wait for a batch", |t| {
            t.set("TableChanges/MaximumBatchingWindowInSeconds", json!(60));
        }),
        fault(Rule::Stream, "purges behind uses", |t| {
            let uses = t.at("KeyUses/FilterCriteria/Filters/0").clone();
            t.push("TableChanges/FilterCriteria/Filters", uses);
        }),
        fault(Rule::Stream, "uses that call nobody", |t| t.remove_resource("KeyUses")),
        fault(Rule::Stream, "a third reader of the stream", |t| {
            let third = t.at("KeyUses").clone();
            t.add("Third", json!({ "Type": "AWS::Lambda::EventSourceMapping", "Properties": third }));
        }),
        fault(Rule::Stream, "no partial failures", |t| t.remove("TableChanges/FunctionResponseTypes")),
        fault(Rule::Stream, "batches that are not halved", |t| {
            t.remove("TableChanges/BisectBatchOnFunctionError")
        }),
        fault(Rule::Stream, "failures that go nowhere", |t| t.remove("TableChanges/DestinationConfig")),
        fault(Rule::Stream, "a filter that misses deletions of keys", |t| {
            t.remove("TableChanges/FilterCriteria/Filters/0");
        }),
        fault(Rule::Stream, "no filter, so that it calls itself", |t| {
            t.remove("TableChanges/FilterCriteria")
        }),
        fault(Rule::Stream, "failures in the clear", |t| {
            t.set("TableChangeFailures/SqsManagedSseEnabled", json!(false));
        }),
        fault(Rule::References, "a dangling reference", |t| {
            t.set("GetKeyFunction/Environment/Variables/KEYWARD_TABLE", json!({ "Ref": "KeywardTabel" }));
        }),
        fault(Rule::References, "an attribute that the type does not have", |t| {
            let stream = json!({ "Fn::GetAtt": ["VaultTable", "StreamArn"] });
            t.0.edit(Stack::Data)["Outputs"]["TableStreamArn"]["Value"] = stream;
        }),
        fault(Rule::References, "a dangling name in a text", |t| {
            t.set("GetKeysRoute/Target", json!({ "Fn::Sub": "integrations/${ListKeyIntegration}" }));
        }),
        fault(Rule::References, "waiting for what is not there", |t| {
            t.set("GetKeyFunction/!DependsOn", json!("GetKeyPolicies"));
        }),
        fault(Rule::References, "a circle", |t| t.set("GetKeyRole/!DependsOn", json!("GetKeyFunction"))),
        fault(Rule::Size, "a parameter that takes anything", |t| {
            t.0.edit(Stack::App)["Parameters"]["CodeBucket"]["AllowedPattern"] = Value::Null;
        }),
        fault(Rule::Size, "a parameter that nothing uses", |t| {
            t.0.edit(Stack::Data)["Parameters"]["Unused"] =
                json!({ "Type": "String", "Description": "x", "AllowedPattern": "x" });
        }),
        fault(Rule::Size, "more resources than there is room for", |t| {
            for number in 0..200 {
                t.add(&format!("Topic{number}"), json!({ "Type": "AWS::SNS::Topic", "Properties": {} }));
            }
        }),
        fault(Rule::Alarms, "a queue that nobody looks into", |t| {
            t.remove_resource("FailedTableChangesAlarm")
        }),
        fault(Rule::Alarms, "an alarm that wakes nobody", |t| t.remove("OurErrorsAlarm/AlarmActions")),
        fault(Rule::Alarms, "a wrapping key that goes unnoticed", |t| {
            t.remove("KeysInDanger/EventPattern/detail/eventName/0");
        }),
        fault(Rule::Alarms, "an alias that goes unnoticed", |t| {
            t.remove("AliasesInDanger/EventPattern/detail/eventName/1");
        }),
        fault(Rule::Alarms, "a rule that EventBridge cannot deliver by", |t| {
            let condition =
                json!({ "ArnEquals": { "aws:SourceArn": { "Fn::GetAtt": ["KeysInDanger", "Arn"] } } });
            t.set("AlarmTopicPolicy/PolicyDocument/Statement/1/Condition", condition);
        }),
        fault(Rule::Alarms, "a metric that nothing counts", |t| {
            t.set("TamperingAlarm/MetricName", json!("DoesNotopen"));
        }),
        fault(Rule::Alarms, "an alarm that rings without data", |t| {
            t.set("LatePurgeAlarm/TreatMissingData", json!("breaching"));
        }),
        fault(Rule::Alarms, "a topic that anybody speaks on", |t| {
            t.set("AlarmTopicPolicy/PolicyDocument/Statement/0/Principal", json!("*"));
        }),
    ]
}
